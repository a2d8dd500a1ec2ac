import type { ApiObject } from '../../admission/types.ts';
import type { Kind } from '../kind.ts';
/** Sets a field that is absent (or was given as null). */
export declare function setDefault<T extends object, K extends keyof T>(o: T, key: K, value: NonNullable<T[K]>): void;
/** Sets a text that is absent or empty: Go's zero value. */
export declare function setDefaultText<T extends object, K extends keyof T>(o: T, key: K, value: NonNullable<T[K]>): void;
/** Takes a top-level field over from the stored object; absent there is absent here. */
export declare function keep(o: ApiObject, old: ApiObject, ...fields: string[]): void;
/** The same for a field of metadata. */
export declare function keepMeta(o: ApiObject, old: ApiObject, ...fields: string[]): void;
/** generation is the server's own: it grows by one when what is wanted changes. */
export declare function bumpGeneration(o: ApiObject, old: ApiObject, changed: boolean): void;
export interface StatusStrategy {
    /** The status of a new object. */
    emptyStatus?(): Record<string, unknown>;
    /** Fields of metadata that a write of status may not change. */
    keepMeta?: readonly string[];
    /** False for kinds without generation. */
    generation?: boolean;
}
/**
 * What most kinds with spec and status do: status is cleared at creation, kept at updates and alone written through the
 * status subresource; generation counts changes of spec.
 */
export declare function specAndStatus(s?: StatusStrategy): Pick<Kind, 'prepareForCreate' | 'prepareForUpdate' | 'subresources'>;
