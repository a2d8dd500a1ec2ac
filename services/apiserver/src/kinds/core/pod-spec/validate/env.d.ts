import type { EnvFromSource, EnvVar, ObjectFieldSelector, ResourceFieldSelector } from '@drydock/api';
import { type Errors } from '../../../lib/validate.ts';
/** ValidateEnv and ValidateEnvFrom. */
export declare function validateEnv(path: string, env: readonly EnvVar[] | undefined, ctx?: {
    volumes?: ReadonlySet<string>;
}): Errors;
export declare const containerResources: string[];
/** A field of the pod as the downward API names it; with a map key where the field is a map. */
export declare function objectFieldSelector(path: string, r: ObjectFieldSelector, supported: readonly string[], subscripts: boolean): Errors;
export declare function resourceFieldSelector(path: string, r: ResourceFieldSelector, volume: boolean): Errors;
export declare function validateEnvFrom(path: string, list: readonly EnvFromSource[] | undefined): Errors;
