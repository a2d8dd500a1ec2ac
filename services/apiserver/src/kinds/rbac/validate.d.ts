import type { ClusterRole, PolicyRule, RoleRef, Subject } from '@drydock/api';
import { type Errors } from '../lib/validate.ts';
export declare function validateRules(rules: readonly PolicyRule[] | undefined | null, namespaced: boolean): Errors;
export declare function validateClusterRole(role: ClusterRole): Errors;
interface Binding {
    roleRef?: RoleRef;
    subjects?: Subject[];
}
export declare function validateBinding(b: Binding, kinds: readonly string[], namespaced: boolean): Errors;
/** Whom a binding binds may change, to what may not. */
export declare function roleRefFrozen(now: Binding, was: Binding): Errors;
export {};
