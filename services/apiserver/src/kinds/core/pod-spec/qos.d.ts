import type { PodSpec } from '@drydock/api';
/**
 * The class by which a pod is evicted (pkg/apis/core/helper/qos): Guaranteed when every container limits both CPU and memory
 * to what it requests, BestEffort when none says anything, else Burstable. Pod-level resources go before the containers'.
 */
export declare function qosClass(spec: PodSpec): 'Guaranteed' | 'Burstable' | 'BestEffort';
