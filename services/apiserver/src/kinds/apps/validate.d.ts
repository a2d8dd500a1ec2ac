import type { DaemonSetSpec, DeploymentSpec, LabelSelector, PodTemplateSpec, ReplicaSetSpec, StatefulSetSpec } from '@drydock/api';
import { type Errors } from '../lib/validate.ts';
/** pkg/apis/apps/validation. */
/** A template whose pods are to run for ever, matched by its selector. */
export declare function validateTemplate(path: string, template: PodTemplateSpec | undefined, selector: LabelSelector | undefined, owner: string): Errors;
export declare function runsForEver(path: string, template: PodTemplateSpec | undefined, owner: string): Errors;
export declare function validateDeployment(spec: DeploymentSpec): Errors;
export declare function validateReplicaSet(spec: ReplicaSetSpec): Errors;
export declare function validateDaemonSet(spec: DaemonSetSpec): Errors;
export declare function validateStatefulSet(spec: StatefulSetSpec): Errors;
/** Claims of templates, checked as claims of their own at creation. */
export declare const validateClaimTemplates: (spec: StatefulSetSpec) => Errors;
export declare function statefulSetFrozen(now: StatefulSetSpec, was: StatefulSetSpec): Errors;
