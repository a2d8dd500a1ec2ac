import type { Kind } from '../kind.ts';
/** autoscaling/v2, which is also what is stored. */
export declare const horizontalpodautoscalers: Kind;
