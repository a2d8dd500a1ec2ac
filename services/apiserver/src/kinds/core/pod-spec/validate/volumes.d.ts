import type { KeyToPath, ObjectMeta, Volume } from '@drydock/api';
import { type Errors } from '../../../lib/validate.ts';
/** ValidateVolumes: each with a name of its own and exactly one source. Containers may use those that are good. */
export declare function validateVolumes(path: string, list: readonly Volume[] | undefined, meta: ObjectMeta | undefined): {
    errors: Errors;
    good: Map<string, Volume>;
};
export declare function items(path: string, list: readonly KeyToPath[] | undefined): Errors;
