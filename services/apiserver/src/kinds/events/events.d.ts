import type { Kind } from '../kind.ts';
/** events.k8s.io: core events under other names of their fields. */
export declare const eventsEvents: Kind;
