import type { Kind } from '../kind.ts';
export declare const csidrivers: Kind;
export declare const csinodes: Kind;
export declare const csistoragecapacities: Kind;
export declare const volumeattachments: Kind;
export declare const volumeattributesclasses: Kind;
