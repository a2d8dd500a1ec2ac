import type { Namespace, Node } from '@drydock/api';
import { type Errors } from '../../lib/validate.ts';
export declare function finalizerNames(list: readonly string[] | undefined): Errors;
/** Terminating and being deleted go together. */
export declare function namespaceStatus(n: Namespace): Errors;
export declare function validateNode(n: Node): Errors;
/** Some fields of a node are set once. */
export declare function nodeChange(now: Node, was: Node): Errors;
