import type { Kind } from '../kind.ts';
export declare const runtimeclasses: Kind;
