import type { Errors } from '../lib/validate.ts';
/** Cron schedules as robfig/cron's standard parser reads them, with its complaints. */
export declare function validateSchedule(path: string, schedule: string, timeZone: string | undefined): Errors;
/** What is wrong with a schedule; undefined when nothing is. */
export declare function parseSchedule(schedule: string): string | undefined;
export declare function validateTimeZone(path: string, zone: string | undefined): Errors;
