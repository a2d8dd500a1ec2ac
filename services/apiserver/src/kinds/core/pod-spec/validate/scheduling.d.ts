import type { LabelSelector, PodSpec, Toleration, TopologySpreadConstraint } from '@drydock/api';
import { type Errors } from '../../../lib/validate.ts';
/** ValidateTolerations. */
export declare function validateTolerations(path: string, list: readonly Toleration[] | undefined): Errors;
export declare function taintEffect(path: string, effect: string | undefined, needed: boolean): Errors;
/** validateTopologySpreadConstraints. */
export declare function validateTopologySpread(path: string, list: readonly TopologySpreadConstraint[] | undefined): Errors;
interface Keyed {
    matchLabelKeys?: string[] | undefined;
    mismatchLabelKeys?: string[] | undefined;
    labelSelector?: LabelSelector | undefined;
}
/** matchLabelKeys and mismatchLabelKeys of a pod affinity term. */
export declare function matchLabelKeys(path: string, t: Keyed): Errors;
/** Readiness gates, scheduling gates and resource claims: lists of names. */
export declare function validateGates(path: string, spec: PodSpec): Errors;
export {};
