import type { Kind } from '../kind.ts';
export declare const priorityclasses: Kind;
