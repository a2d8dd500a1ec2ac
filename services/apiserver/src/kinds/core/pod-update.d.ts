import type { Pod, PodSpec } from '@drydock/api';
import type { Errors } from '../lib/validate.ts';
/** ValidatePodUpdate: of a pod's spec little may change once it is there. */
export declare function validatePodUpdate(pod: Pod, old: Pod): Errors;
export declare const changeable: string[];
/** The new spec with everything that may change taken from the old one. */
export declare function munged(now: PodSpec, was: PodSpec): PodSpec;
/** ValidatePodStatusUpdate. */
export declare function validatePodStatusUpdate(pod: Pod, old: Pod): Errors;
/** ValidatePodResize: amounts of CPU and memory may change, the class of service may not. */
export declare function validatePodResize(pod: Pod, old: Pod): Errors;
/** Ephemeral containers may be added, never changed or taken away. */
export declare function validateEphemeralUpdate(pod: Pod, old: Pod): Errors;
