import type { Kind } from '../kind.ts';
export declare const deviceclasses: Kind;
export declare const resourceclaims: Kind;
export declare const resourceclaimtemplates: Kind;
export declare const resourceslices: Kind;
