import type { ApiObject } from '../../admission/types.ts';
/** formatHPAMetrics: `cpu: 50%/80%, …`, two at most. */
export declare function targetsCell(o: ApiObject): string;
