import type { Kind } from '../kind.ts';
export declare const statefulsets: Kind;
