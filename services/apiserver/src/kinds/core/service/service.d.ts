import type { Kind } from '../../kind.ts';
/** Services. Addresses and ports are given out by the registry's reservation (registry/reservations/services.ts), not here. */
export declare const services: Kind;
