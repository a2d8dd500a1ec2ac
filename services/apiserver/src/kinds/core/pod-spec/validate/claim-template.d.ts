import type { PersistentVolumeClaimSpec, PersistentVolumeClaimTemplate } from '@drydock/api';
import { type Errors } from '../../../lib/validate.ts';
export declare function validateClaimTemplate(path: string, t: PersistentVolumeClaimTemplate): Errors;
export declare function accessModes(path: string, list: readonly string[] | undefined): Errors;
/** ValidatePersistentVolumeClaimSpec. */
export declare function validateClaimSpec(path: string, spec: PersistentVolumeClaimSpec): Errors;
