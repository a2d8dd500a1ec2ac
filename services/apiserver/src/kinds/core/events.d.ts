import type { ApiObject } from '../../admission/types.ts';
import type { Kind } from '../kind.ts';
/** Events of the core group: the one stored form. events.k8s.io shows the same objects in other words (../events). */
export declare const events: Kind;
export declare function eventFields(o: ApiObject): Record<string, string>;
