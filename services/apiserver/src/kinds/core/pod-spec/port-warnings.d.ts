import type { PodSpec } from '@drydock/api';
/** Ports of one container or of several that cannot both be had, or that say the same twice. */
export declare function portWarnings(path: string, spec: PodSpec): string[];
