import type { Errors } from '../../../lib/validate.ts';
/** validatePathNoBacksteps. */
export declare const noBacksteps: (path: string, value: string) => Errors;
/** A path below some root: relative, without a way up. */
export declare const localDescendingPath: (path: string, value: string) => Errors;
/** The same, and not starting with `..`, which volumes keep for themselves. */
export declare const localPath: (path: string, value: string) => Errors;
