import type { PodSpec } from '@drydock/api';
import type { Errors } from '../../../lib/validate.ts';
/** What a pod may not say once it names its operating system. */
export declare function validateOS(path: string, spec: PodSpec): Errors;
