/**
 * apiequality.Semantic.DeepEqual on decoded objects: an absent field equals an empty list, order of keys does not matter.
 * Quantities arrive in canonical form, so that equal amounts in one format are equal texts.
 */
export declare function semanticEqual(a: unknown, b: unknown): boolean;
