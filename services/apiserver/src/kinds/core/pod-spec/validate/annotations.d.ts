import type { PodSpec } from '@drydock/api';
import type { Errors } from '../../../lib/validate.ts';
/** ValidatePodSpecificAnnotations: what old annotations still promise. */
export declare function podAnnotations(path: string, map: Record<string, string> | undefined, spec: PodSpec): Errors;
