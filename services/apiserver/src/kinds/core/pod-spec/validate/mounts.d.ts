import type { Container, Volume, VolumeDevice, VolumeMount } from '@drydock/api';
import { type Errors } from '../../../lib/validate.ts';
/** The pod's volumes by name. */
export type VolumeKinds = ReadonlyMap<string, Volume>;
/** ValidateVolumeMounts. */
export declare function mountErrors(path: string, mounts: readonly VolumeMount[] | undefined, devices: readonly VolumeDevice[] | undefined, volumes: VolumeKinds, c: Container): Errors;
/** ValidateVolumeDevices: raw block volumes. */
export declare function deviceErrors(path: string, devices: readonly VolumeDevice[] | undefined, mounts: readonly VolumeMount[] | undefined, volumes: VolumeKinds): Errors;
