import type { JobSpec } from '@drydock/api';
import type { Kind } from '../kind.ts';
export declare const jobs: Kind;
export declare function defaultJobSpec(spec: JobSpec): void;
