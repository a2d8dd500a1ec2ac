import type { Job } from '@drydock/api';
export declare function jobCells(job: Job, now: number): unknown[];
