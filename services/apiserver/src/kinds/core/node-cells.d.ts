import type { Node } from '@drydock/api';
export declare function nodeCells(node: Node, now: number): unknown[];
