import type { Lifecycle, Probe } from '@drydock/api';
import { type Errors } from '../../../lib/validate.ts';
export interface Probes {
    livenessProbe?: Probe | undefined;
    readinessProbe?: Probe | undefined;
    startupProbe?: Probe | undefined;
    lifecycle?: Lifecycle | undefined;
}
export declare function validateProbes(path: string, c: Probes, gracePeriod: number | undefined): Errors;
export declare function validateLifecycle(path: string, l: Lifecycle | undefined, gracePeriod: number | undefined): Errors;
