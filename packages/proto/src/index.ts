/** Messages made by ts-proto; one namespace per .proto file. */
export * as component from './gen/component.ts'
export * as cri from './gen/cri.ts'
export * as kubelet from './kubelet.ts'
export * as containerdEvents from './gen/containerd_events.ts'
