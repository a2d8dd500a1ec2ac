/** Messages and clients made by ts-proto; one namespace per .proto file. */
export * as component from './gen/component.ts'
export * as cri from './gen/cri.ts'
export * as etcd from './gen/etcd.ts'
export * as kubelet from './gen/kubelet.ts'
export * as containerdEvents from './gen/containerd_events.ts'
