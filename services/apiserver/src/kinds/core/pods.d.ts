import type { Kind } from '../kind.ts';
/** Pods: pkg/registry/core/pod/strategy.go. */
export declare const pods: Kind;
