import type { PersistentVolumeClaimSpec, Volume } from '@drydock/api';
/** Everything of a volume beside its name names its source: absent, it is an emptyDir. */
export declare function defaultVolume(v: Volume): void;
/** Sources that persistent volumes have as well. */
export declare function defaultStorage(v: Pick<Volume, 'iscsi' | 'rbd' | 'azureDisk' | 'scaleIO'>): void;
export declare function defaultClaimSpec(spec: PersistentVolumeClaimSpec | undefined): void;
