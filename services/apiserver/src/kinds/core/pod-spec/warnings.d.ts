import type { ObjectMeta, PodSpec, PodTemplateSpec } from '@drydock/api';
/** Warnings of a pod at its creation (pkg/api/pod/warnings.go). Updates of pods are silent, as upstream's. */
export declare const podWarnings: (spec: PodSpec | undefined, meta: ObjectMeta | undefined) => string[];
/** Warnings of a template at `path`. */
export declare const templateWarnings: (template: PodTemplateSpec | undefined, path: string) => string[];
/** The same for an update of a workload: only when what is wanted has changed. */
export declare function templateUpdateWarnings(o: {
    metadata: {
        generation?: number;
    };
}, old: {
    metadata: {
        generation?: number;
    };
} | undefined, template: PodTemplateSpec | undefined, path: string): string[];
