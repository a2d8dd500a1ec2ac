import type { FieldError, LabelSelector } from '@drydock/api';
/** Checks that many kinds share, in upstream's words (pkg/apis/core/validation and apimachinery's util/validation). */
export type Rule = (s: string) => string[];
export type Errors = FieldError[];
/** The reasons of a name rule as errors of a field. */
export declare const byRule: (path: string, value: string, rule: Rule) => Errors;
export declare const label: (path: string, value: string) => Errors;
export declare const subdomain: (path: string, value: string) => Errors;
export declare const qualified: (path: string, value: string) => Errors;
export declare const MIN_ZERO = "must be greater than or equal to 0";
export declare const nonNegative: (path: string, value: number | undefined) => Errors;
export declare const positive: (path: string, value: number | undefined) => Errors;
export declare const within: (path: string, value: number, lo: number, hi: number) => Errors;
export declare const port: (path: string, value: number) => Errors;
/** One of a closed set; empty is `missing`'s to judge. */
export declare const oneOf: (path: string, value: unknown, supported: readonly string[]) => Errors;
export declare const requiredText: (path: string, value: string | undefined, detail?: string) => Errors;
/** Applies a check to each element with its path. */
export declare function each<T>(list: readonly T[] | undefined | null, path: string, check: (x: T, path: string, i: number) => Errors): Errors;
/** Duplicate value errors of a list by a key; absent keys are not compared. */
export declare function unique<T>(list: readonly T[] | undefined | null, path: string, key: (x: T) => string | undefined, value?: (x: T) => unknown, field?: string): Errors;
/** metav1validation.ValidateLabels. */
export declare function labels(path: string, map: Record<string, string> | undefined): Errors;
export declare const labelKey: (path: string, key: string) => Errors;
/** apivalidation.ValidateAnnotations. */
export declare function annotations(path: string, map: Record<string, string> | undefined): Errors;
/** metav1validation.ValidateLabelSelector. */
export declare function labelSelector(path: string, s: LabelSelector | undefined, o?: {
    invalidValues?: boolean;
}): Errors;
/** ValidateResourceQuantityValue's first half: no negative amount. */
export declare function quantityNotNegative(path: string, q: string): Errors;
export declare const isWhole: (q: string) => boolean;
/** netip's idea of an address, without zones and without leading zeros. */
export declare function isIPv4(s: string): boolean;
export declare function isIPv6(s: string): boolean;
export declare const isIP: (s: string) => boolean;
export declare const ip: (path: string, s: string) => Errors;
export declare function isCIDR(s: string): boolean;
export declare const cidr: (path: string, s: string) => Errors;
/** IsValidPortName. */
export declare const portName: Rule;
export declare const configMapKey: Rule;
/** RelaxedEnvVarNameValidation: any printable ASCII but `=`. */
export declare const envVarName: Rule;
export declare const httpHeaderName: Rule;
export declare const isPercent: (v: unknown) => v is string;
/** ValidatePositiveIntOrPercent. */
export declare function intOrPercent(path: string, v: unknown): Errors;
export declare const notMoreThan100Percent: (path: string, v: unknown) => Errors;
/** Equal or `field is immutable` with the new value. */
export declare const IMMUTABLE = "field is immutable";
