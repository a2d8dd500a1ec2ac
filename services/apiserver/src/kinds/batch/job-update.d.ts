import type { JobSpec } from '@drydock/api';
import type { ApiObject } from '../../admission/types.ts';
import type { Errors } from '../lib/validate.ts';
/** ValidateJobSpecUpdate: what a job is does not change once it is there. */
export declare function validateJobChange(spec: JobSpec, oldJob: ApiObject): Errors;
