import type { Container, EphemeralContainer, PodSpec } from '@drydock/api';
import { type Errors } from '../../../lib/validate.ts';
import { type VolumeKinds } from './mounts.ts';
export interface ContainerContext {
    spec: PodSpec;
    volumes: VolumeKinds;
    claims: ReadonlySet<string>;
    gracePeriod: number | undefined;
}
export declare const pullPolicy: (path: string, p: string | undefined) => Errors;
/** The main containers of a pod. */
export declare function validateContainers(path: string, list: readonly Container[] | undefined, ctx: ContainerContext): Errors;
/** Init containers: those that restart always are sidecars and may be probed; the others run to their end. */
export declare function validateInitContainers(path: string, list: readonly Container[] | undefined, ctx: ContainerContext): Errors;
export declare function validateEphemeralContainers(path: string, list: readonly EphemeralContainer[] | undefined, ctx: ContainerContext): Errors;
