import type { ApiObject } from '../../../admission/types.ts';
import { type Errors } from '../../lib/validate.ts';
/**
 * ValidateEventCreate, on events in core's words. Those written through events.k8s.io, and those with an eventTime, follow
 * the stricter rules of the new API.
 */
export declare function validateEvent(e: ApiObject, newApi: boolean): Errors;
/** Of an event of the new API only its series grows. */
export declare function eventFrozen(now: ApiObject, was: ApiObject): Errors;
