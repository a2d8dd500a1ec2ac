import type { ServiceSpec } from '@drydock/api';
/** Which of a service's allocated fields its type has use for (pkg/registry/core/service/storage, pkg/api/service). */
export declare const isHeadless: (s: ServiceSpec) => boolean;
export declare const needsClusterIP: (s: ServiceSpec) => boolean;
export declare const needsNodePorts: (s: ServiceSpec) => boolean;
export declare const needsHealthCheckPort: (s: ServiceSpec) => boolean;
export declare const isExternallyAccessible: (s: ServiceSpec) => boolean;
