export * from './types.ts'
export { createController, type ControllerParts } from './controller.ts'
export { WorkQueue, failureBackoff } from './work-queue.ts'
export { runWhenLeader, type LeaderElectionOptions } from './leader-election.ts'
