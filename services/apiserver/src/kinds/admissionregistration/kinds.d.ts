import type { Kind } from '../kind.ts';
export declare const mutatingwebhookconfigurations: Kind;
export declare const validatingwebhookconfigurations: Kind;
export declare const validatingadmissionpolicies: Kind;
export declare const validatingadmissionpolicybindings: Kind;
