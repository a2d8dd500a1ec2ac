import type { PodSpec } from '@drydock/api'
import type { ApiObject } from '../../admission/types.ts'
import { age, formatSelector } from './print.ts'

/** Cells that several kinds have in common. */
export const nameAndAge = (o: ApiObject, c: { now: number }): unknown[] => [o.metadata.name, age(o as never, c.now)]

export const ageOf = (o: ApiObject, c: { now: number }): string => age(o as never, c.now)

/** Containers' names and images, each joined by commas: layoutContainerCells. */
export function containerCells(spec: PodSpec | undefined): [names: string, images: string] {
  const list = spec?.containers ?? []
  return [list.map((c) => c.name).join(','), list.map((c) => c.image ?? '').join(',')]
}

export const selectorCell = formatSelector

export const orNone = (s: string | undefined): string => s || '<none>'
export const orUnset = (s: string | undefined | null): string => (s === undefined || s === null ? '<unset>' : s)
