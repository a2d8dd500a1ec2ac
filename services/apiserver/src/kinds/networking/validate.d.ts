import type { IngressClassSpec, IngressSpec, IPAddressSpec, NetworkPolicySpec, ServiceCIDRSpec } from '@drydock/api';
import { type Errors } from '../lib/validate.ts';
export declare function validateIngress(spec: IngressSpec): Errors;
export declare function validateIngressClass(spec: IngressClassSpec): Errors;
export declare function validateNetworkPolicy(spec: NetworkPolicySpec): Errors;
export declare function validateIPAddress(name: string, spec: IPAddressSpec | undefined): Errors;
export declare function parentFrozen(now: IPAddressSpec | undefined, was: IPAddressSpec | undefined): Errors;
export declare function validateServiceCIDR(spec: ServiceCIDRSpec | undefined): Errors;
/** A second range may be added; those that are there stay. */
export declare function cidrsFrozen(now: ServiceCIDRSpec | undefined, was: ServiceCIDRSpec | undefined): Errors;
