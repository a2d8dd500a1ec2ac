import type { CronJobSpec, JobSpec } from '@drydock/api';
import { type Errors } from '../lib/validate.ts';
/** ValidateJobSpec, for jobs and for the templates of cron jobs. */
export declare function validateJobSpec(path: string, spec: JobSpec): Errors;
export declare const shownSuccess: (p: NonNullable<JobSpec['successPolicy']>) => unknown;
/** ValidateJob: the selector is there, matches the template, and is the generated one unless the user answers for it. */
export declare function validateJob(spec: JobSpec, meta: {
    name?: string;
    uid?: string;
}): Errors;
/** A job's spec with its selector, as it is checked at updates too. */
export declare function validateWholeJob(spec: JobSpec): Errors;
export declare function validateCronJob(spec: CronJobSpec): Errors;
