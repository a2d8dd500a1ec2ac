import type { Volume } from '@drydock/api';
/** Sources that nothing serves any more; `path` is the parent of the source's field. */
export declare function sourceWarnings(path: string, v: object): string[];
export declare function volumeWarnings(path: string, v: Volume): string[];
