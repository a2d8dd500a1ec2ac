import type { ConfigMap, Secret } from '@drydock/api';
import { type Errors } from '../../lib/validate.ts';
/** ValidateSecret: sizes, keys, and what each type promises to hold. */
export declare function validateSecret(s: Secret): Errors;
interface Sealed {
    immutable?: boolean | undefined;
    data?: Record<string, unknown> | undefined;
    binaryData?: Record<string, unknown> | undefined;
}
/** An object marked immutable keeps its data and its mark. */
export declare function sealed(now: Sealed, was: Sealed): Errors;
export declare function validateConfigMap(c: ConfigMap): Errors;
export {};
