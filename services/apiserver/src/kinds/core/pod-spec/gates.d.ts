import type { PodSpec, PodStatus } from '@drydock/api';
/** Takes away fields behind feature gates that are off by default in v1.35 (pkg/api/pod: dropDisabledFields). */
export declare function dropDisabledPodFields(spec: PodSpec): void;
/** The same of what a kubelet reports. */
export declare function dropDisabledPodStatus(status: PodStatus): void;
