import type { Kind } from '../kind.ts';
/** pkg/registry/core/namespace: the finalizer `kubernetes` stays until the namespace is empty. */
export declare const namespaces: Kind;
