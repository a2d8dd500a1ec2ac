import type { PodSpec } from '@drydock/api';
/**
 * At its creation a pod's own values of the labels that matchLabelKeys and mismatchLabelKeys name go into the selectors
 * (applyMatchLabelKeysAndMismatchLabelKeys): the scheduler then has selectors alone to look at.
 */
export declare function mergeMatchLabelKeys(spec: PodSpec, labels: Record<string, string> | undefined): void;
