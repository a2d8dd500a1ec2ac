import type { LabelSelector, ObjectMeta } from '@drydock/api';
import { type Errors } from './validate.ts';
/** A selector as Go writes it: its fields in the order of the type, labels sorted. */
export declare function goSelector(s: LabelSelector | undefined): unknown;
/** A map as Go writes it: keys in order; nothing is null. */
export declare function sortedMap(map: Record<string, string> | undefined): Record<string, string> | null;
/** metav1.LabelSelectorAsSelector takes it. */
export declare function isUsable(s: LabelSelector | undefined): boolean;
export declare const isEmptySelector: (s: LabelSelector | undefined) => boolean;
/** A workload's selector: there, not empty, well formed. */
export declare function workloadSelector(path: string, s: LabelSelector | undefined, what: string): Errors;
/** Whether a template's labels are what the selector asks for; an empty selector asks for nothing, none at all matches nothing. */
export declare function templateMatches(path: string, s: LabelSelector | undefined, meta: ObjectMeta | undefined): Errors;
export declare const immutable: (path: string, now: unknown, was: unknown, shown?: unknown) => Errors;
