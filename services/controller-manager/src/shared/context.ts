import type { Clock, Logger, Random } from '@drydock/base'
import type { Client, EventRecorder, InformerFactory } from '@drydock/client'
import type { Controller, ControllerOptions } from '@drydock/controller'

/** What every controller is made with. Controllers make nothing of this themselves, so a test can give them fakes. */
export interface ControllerContext {
  client: Client
  /** Runs only after leadership is won, with consistent first lists: no view is older than the last leader's writes. */
  informers: InformerFactory
  clock: Clock
  random: Random
  log: Logger
  settings: Settings
  /** `component` is what stands as the events' source, e.g. `deployment-controller`. */
  recorder(component: string): EventRecorder
  controller(o: ControllerOptions): Controller
}

export interface Settings {
  /** CA bundle that kube-root-ca.crt publishes, PEM. */ rootCa: string
  clusterCidr: string
  nodeCidrMaskSize: number
  allocateNodeCidrs: boolean
  nodeMonitorPeriodMs: number
  nodeMonitorGracePeriodMs: number
  terminatedPodGcThreshold: number
}

/** A started controller: runs until the signal aborts. */
export interface Running { run(signal: AbortSignal): Promise<void> }

export interface ControllerDefinition {
  /** Upstream's name, as --controllers takes it. */ readonly name: string
  create(c: ControllerContext): Running
}
