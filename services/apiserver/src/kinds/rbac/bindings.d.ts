import type { Kind } from '../kind.ts';
export declare const rolebindings: Kind;
export declare const clusterrolebindings: Kind;
