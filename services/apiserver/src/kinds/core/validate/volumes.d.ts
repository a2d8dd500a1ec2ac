import type { PersistentVolumeClaim, PersistentVolumeClaimSpec, PersistentVolumeSpec } from '@drydock/api';
import { type Errors } from '../../lib/validate.ts';
export declare function validateVolume(spec: PersistentVolumeSpec): Errors;
/** What a volume is made of stays; where it may be used and how it is reclaimed may change. */
export declare function volumeFrozen(now: PersistentVolumeSpec, was: PersistentVolumeSpec, explain: (now: PersistentVolumeSpec, was: PersistentVolumeSpec) => string, shown: (a: unknown) => unknown): Errors;
/** ValidatePersistentVolumeClaimUpdate: a bound claim may grow and change its attributes. */
export declare function claimFrozen(now: PersistentVolumeClaim, was: PersistentVolumeClaim, explain: (now: PersistentVolumeClaimSpec, was: PersistentVolumeClaimSpec) => string): Errors;
