/** Messages and clients made by ts-proto; one namespace per .proto file. */
export * as component from './gen/component.ts'
export * as cri from './gen/cri.ts'
export * as etcd from './gen/etcd.ts'
