import type { FieldError } from '@drydock/api';
import type { ApiObject } from '../../admission/types.ts';
export declare function validate(o: ApiObject): FieldError[];
export interface UpdateRules {
    approves: boolean; /** The status subresource issues. */
    issues: boolean;
}
export declare function validateUpdate(now: ApiObject, old: ApiObject, rules: UpdateRules): FieldError[];
