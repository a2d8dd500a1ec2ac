import type { FieldError, Service, ServiceSpec } from '@drydock/api';
/** ValidateService, in upstream's words (pkg/apis/core/validation). */
type Errors = FieldError[];
export declare function validate(service: Service): Errors;
export declare function validateUpdate(service: Service, was: Service): Errors;
export declare function validateStatus(service: Service): Errors;
/** ValidateServiceClusterIPsRelatedFields: also checked before anything is allocated. */
export declare function clusterIPs(s: ServiceSpec): Errors;
/** ValidateNonSpecialIP: where traffic for others must not go. */
export declare function nonSpecialIP(at: string, a: string): Errors;
export {};
