import type { JobSpec } from '@drydock/api';
import { type Errors } from '../lib/validate.ts';
/** validateSuccessPolicy: which indexes, or how many of them, make a job a success. */
export declare function validateSuccessPolicy(path: string, spec: JobSpec): Errors;
