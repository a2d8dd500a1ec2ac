import type { ObjectMeta, Pod, PodSpec, PodTemplateSpec } from '@drydock/api';
import { type Errors } from '../../../lib/validate.ts';
/** ValidatePodSpec of pkg/apis/core/validation; `meta` is the pod's or the template's, `claims` are volumes that a StatefulSet adds. */
export declare function validatePodSpec(path: string, spec: PodSpec, meta: ObjectMeta | undefined, claims?: readonly string[]): Errors;
/** ValidatePodTemplateSpec. */
export declare function validatePodTemplate(path: string, template: PodTemplateSpec | undefined, claims?: readonly string[]): Errors;
/** ValidatePodCreate beyond the metadata that the registry checks. */
export declare function validatePod(pod: Pod): Errors;
