import type { Affinity, NodeSelector } from '@drydock/api';
import { type Errors } from '../../../lib/validate.ts';
export declare function validateAffinity(path: string, a: Affinity | undefined): Errors;
export declare function validateNodeSelector(path: string, s: NodeSelector): Errors;
