import type { ApiObject } from '../../admission/types.ts';
import { type Errors } from '../lib/validate.ts';
export declare function validateAutoscaler(spec?: ApiObject['spec']): Errors;
