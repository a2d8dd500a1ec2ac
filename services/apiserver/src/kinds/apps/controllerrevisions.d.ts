import type { Kind } from '../kind.ts';
export declare const controllerrevisions: Kind;
