import type { PodSpec } from '@drydock/api';
import type { ApiObject } from '../../admission/types.ts';
import { formatSelector } from './print.ts';
/** Cells that several kinds have in common. */
export declare const nameAndAge: (o: ApiObject, c: {
    now: number;
}) => unknown[];
export declare const ageOf: (o: ApiObject, c: {
    now: number;
}) => string;
/** Containers' names and images, each joined by commas: layoutContainerCells. */
export declare function containerCells(spec: PodSpec | undefined): [names: string, images: string];
export declare const selectorCell: typeof formatSelector;
export declare const orNone: (s: string | undefined) => string;
export declare const orUnset: (s: string | undefined | null) => string;
