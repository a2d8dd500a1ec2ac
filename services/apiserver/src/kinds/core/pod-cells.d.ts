import type { Pod } from '@drydock/api';
/** What a pod's row says: printPod of pkg/printers/internalversion. */
export declare function podCells(pod: Pod, now: number): unknown[];
/** Conditions of the row itself: clients mark finished pods by them. */
export declare function podRowConditions(pod: Pod): unknown[] | undefined;
