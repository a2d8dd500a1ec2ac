import type { Kind } from '../kind.ts';
/** Roles and cluster roles: rules is always there, null when it was not given. */
export declare const roles: Kind;
export declare const clusterroles: Kind;
