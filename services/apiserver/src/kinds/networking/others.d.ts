import type { Kind } from '../kind.ts';
export declare const ingressclasses: Kind;
export declare const networkpolicies: Kind;
export declare const ipaddresses: Kind;
export declare const servicecidrs: Kind;
