/** Whether the level that a FlowSchema names is there (upstream's api-priority-and-fairness-config-consumer). */
import { resources } from '@drydock/api'
import type { FlowSchema } from '@drydock/api'
import { formatTime } from '@drydock/base'
import type { StatusDeps, StatusKeeper } from './index.ts'
import { says, type Condition } from './conditions.ts'

export function dangling(schema: FlowSchema, exists: boolean): Condition {
  const level = JSON.stringify(schema.spec?.priorityLevelConfiguration.name ?? '')
  const references = `This FlowSchema references the PriorityLevelConfiguration object named ${level}`
  return exists
    ? { type: 'Dangling', status: 'False', reason: 'Found', message: `${references} and it exists` }
    : { type: 'Dangling', status: 'True', reason: 'NotFound', message: `${references} but there is no such object` }
}

export function flowSchemas({ reader, writer, changes, clock }: StatusDeps): StatusKeeper {
  return {
    start(add) {
      const stops = [
        changes.on(resources.flowschemas, (s) => { if (s) add(s.metadata!.name!) }),
        changes.on(resources.prioritylevelconfigurations, (now, old) => {
          if (now && old) return
          const name = (now ?? old)?.metadata?.name
          for (const s of reader.list(resources.flowschemas)) if (s.spec?.priorityLevelConfiguration.name === name) add(s.metadata!.name!)
        }),
      ]
      return () => { for (const stop of stops) stop() }
    },
    async reconcile(name, signal) {
      const schema = reader.get(resources.flowschemas, '', name)
      if (!schema) return
      const want = dangling(schema, reader.get(resources.prioritylevelconfigurations, '', schema.spec?.priorityLevelConfiguration.name ?? '') !== undefined)
      const list = schema.status?.conditions as Condition[] | undefined
      if (says(list, want)) return
      const was = list?.find((c) => c.type === want.type)
      const lastTransitionTime = was?.status === want.status && was.lastTransitionTime ? was.lastTransitionTime : formatTime(clock.now())
      await writer.applyStatus(resources.flowschemas, '', name, { conditions: [{ ...want, lastTransitionTime }] }, { manager: 'api-priority-and-fairness-config-consumer-v1', signal })
    },
  }
}
