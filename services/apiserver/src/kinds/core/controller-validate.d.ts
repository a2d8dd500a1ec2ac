import type { ReplicationControllerSpec } from '@drydock/api';
import { type Errors } from '../lib/validate.ts';
/** ValidateReplicationControllerSpec: its selector is a plain map. */
export declare function validateController(spec: ReplicationControllerSpec): Errors;
