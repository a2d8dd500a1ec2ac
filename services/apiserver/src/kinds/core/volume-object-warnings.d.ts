import type { ApiObject } from '../../admission/types.ts';
export declare const classAnnotationWarnings: (o: ApiObject) => string[];
/** pkg/api/persistentvolume: warnings of a volume. */
export declare function volumeObjectWarnings(o: ApiObject): string[];
