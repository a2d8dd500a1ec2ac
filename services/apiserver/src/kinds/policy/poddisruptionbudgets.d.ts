import type { Kind } from '../kind.ts';
export declare const poddisruptionbudgets: Kind;
