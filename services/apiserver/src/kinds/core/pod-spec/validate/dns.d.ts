import type { HostAlias, PodSpec } from '@drydock/api';
import { type Errors } from '../../../lib/validate.ts';
export declare function validateDNS(path: string, spec: PodSpec): Errors;
export declare function validateHostAliases(path: string, list: readonly HostAlias[] | undefined): Errors;
export declare function validateHostnames(path: string, spec: PodSpec): Errors;
