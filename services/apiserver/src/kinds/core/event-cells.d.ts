import type { ApiObject } from '../../admission/types.ts';
/** printEvent: Last Seen … Name. An event of the new kind has a series or an eventTime instead of the old timestamps. */
export declare function eventCells(e: ApiObject, now: number): unknown[];
