import type { LimitRangeItem, ResourceQuotaSpec } from '@drydock/api';
import { type Errors } from '../../lib/validate.ts';
export declare function validateQuota(spec: ResourceQuotaSpec): Errors;
/** Scopes stay; the order in which they are named does not count. */
export declare function scopesFrozen(now: ResourceQuotaSpec, was: ResourceQuotaSpec): Errors;
/** ValidateLimitRange. */
export declare function validateLimitRange(limits: readonly LimitRangeItem[] | undefined): Errors;
