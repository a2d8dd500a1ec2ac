/** The cluster that a command is about. */
import { clusterNames, readCluster } from './cluster.ts'
import { UsageError, type ClusterConfig } from './config.ts'
import { homeFolder } from './layout.ts'

/** The cluster of that name; throws with what there is instead. */
export function need(name: string): ClusterConfig {
  const c = readCluster(name)
  if (c) return c
  const names = clusterNames()
  throw new UsageError(`there is no cluster "${name}" (${names.length ? `there is ${names.join(', ')}: use --name` : `none in ${homeFolder()}: make one with \`npm run up\` or \`npx drydock up\``})`)
}
