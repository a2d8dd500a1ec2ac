import type { PersistentVolumeSpec, Volume } from '@drydock/api';
import { type Errors } from '../../../lib/validate.ts';
type Sources = Pick<Volume, keyof Volume> & Omit<Partial<PersistentVolumeSpec>, keyof Volume>;
/** Sources of storage beyond the pod: in pods and in persistent volumes. `at` is the parent of the source's field. */
export declare function storageSource(at: string, kind: string, v: Sources): Errors;
export declare function hostPath(path: string, h: NonNullable<Volume['hostPath']>): Errors;
interface ISCSI {
    targetPortal: string;
    iqn: string;
    lun: number;
    initiatorName?: string | undefined;
    chapAuthDiscovery?: boolean | undefined;
    chapAuthSession?: boolean | undefined;
    secretRef?: {
        name?: string | undefined;
    } | undefined;
}
export declare function iscsi(at: string, s: ISCSI, volumeName: string | undefined): Errors;
export declare function flex(path: string, f: {
    driver: string;
    options?: Record<string, string> | undefined;
}): Errors;
export declare function csiDriverName(path: string, name: string | undefined): Errors;
export {};
