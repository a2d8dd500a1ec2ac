import type { ApiObject } from '../../admission/types.ts';
/** GetAccessModesAsString: each mode once, in a fixed order. */
export declare const accessModesCell: (modes: readonly string[] | undefined) => string;
/** The class by its old annotation or its field. */
export declare function storageClassCell(o: ApiObject, unset: string): string;
