export * from './subject.ts'
export * from './types.ts'
export { RevisionChain, type BusMessage, type Decision } from './revision-chain.ts'
export { natsPermissions, type BusComponent, type NatsPermissions } from './permissions.ts'
