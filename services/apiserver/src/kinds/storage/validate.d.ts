import type { CSIDriverSpec, CSINodeSpec, PersistentVolumeSpec, VolumeAttachmentSpec } from '@drydock/api';
import type { ApiObject } from '../../admission/types.ts';
import { type Errors } from '../lib/validate.ts';
export declare function validateStorageClass(c: ApiObject): Errors;
export declare const storageClassFrozen: (now: ApiObject, was: ApiObject) => Errors;
export declare function validateAttributesClass(c: ApiObject): Errors;
export declare const attributesClassFrozen: (now: ApiObject, was: ApiObject) => Errors;
export declare function validateDriver(spec: CSIDriverSpec): Errors;
export declare function validateCSINode(spec: CSINodeSpec): Errors;
export declare const validateCapacity: (o: ApiObject) => Errors;
export declare function validateAttachment(spec: VolumeAttachmentSpec): Errors;
/** validateCSIPersistentVolumeSource. */
export declare function csiVolume(path: string, c: NonNullable<PersistentVolumeSpec['csi']>): Errors;
