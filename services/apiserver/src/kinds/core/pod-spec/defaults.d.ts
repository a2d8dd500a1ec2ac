import type { Container, PodSpec, PodTemplateSpec } from '@drydock/api';
/** Defaults of pod specs and templates (pkg/apis/core/v1/defaults.go), in place. */
export declare function defaultPodSpec(spec: PodSpec): void;
export declare function defaultPodTemplate(template: PodTemplateSpec | undefined): void;
/** SetDefaults_Pod: what is defaulted in pods alone, not in templates of them. */
export declare function defaultPod(spec: PodSpec): void;
export declare function defaultContainer(c: Container): void;
/** Always for the tag latest, which may move; IfNotPresent for any other tag or a digest. */
export declare function pullPolicyFor(image: string): 'Always' | 'IfNotPresent';
