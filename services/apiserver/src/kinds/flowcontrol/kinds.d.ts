import type { Kind } from '../kind.ts';
export declare const flowschemas: Kind;
export declare const prioritylevelconfigurations: Kind;
