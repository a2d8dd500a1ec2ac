import type { ResourceRequirements } from '@drydock/api';
import { type Errors } from '../../../lib/validate.ts';
export declare const isHugePage: (name: string) => boolean;
export declare const isExtended: (name: string) => boolean;
/** validateResourceName: a qualified name, or one of the names without a domain. */
export declare function resourceName(path: string, name: string): Errors;
/** validateContainerResourceName. */
export declare function containerResourceName(path: string, name: string): Errors;
/** ValidateResourceQuantityValue. */
export declare function resourceQuantity(name: string, path: string, q: string): Errors;
/** ValidateContainerResourceRequirements, and for whole pods with `pod`. */
export declare function resourceRequirements(path: string, r: ResourceRequirements | undefined, claims: ReadonlySet<string>, o?: {
    pod?: boolean;
}): Errors;
/** validateOverhead: names and amounts that a container's limits could have. */
export declare const overhead: (path: string, list: Record<string, string> | undefined) => Errors;
export declare const claimName: (path: string, name: string) => Errors;
