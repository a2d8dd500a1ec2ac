import type { Kind } from './kind.ts';
export type { Kind, KindContext } from './kind.ts';
/** Every kind with something of its own, by `group/resource` (`/pods`, `apps/deployments`). Others live by the tables alone. */
export declare const kinds: ReadonlyMap<string, Kind>;
