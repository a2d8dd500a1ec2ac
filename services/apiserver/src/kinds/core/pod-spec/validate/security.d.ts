import type { PodSpec, SeccompProfile, SecurityContext } from '@drydock/api';
import { type Errors } from '../../../lib/validate.ts';
/** ValidateSecurityContext. */
export declare function containerSecurity(path: string, sc: SecurityContext | undefined, spec: PodSpec): Errors;
/** ValidatePodSecurityContext. */
export declare function podSecurity(path: string, spec: PodSpec, specPath: string): Errors;
export declare function seccomp(path: string, p: SeccompProfile | undefined): Errors;
/** A user namespace of its own does not go with the host's namespaces. */
export declare function hostUsers(path: string, spec: PodSpec): Errors;
