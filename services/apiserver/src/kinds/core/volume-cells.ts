import type { ApiObject } from '../../admission/types.ts'

const short: Record<string, string> = { ReadWriteOnce: 'RWO', ReadOnlyMany: 'ROX', ReadWriteMany: 'RWX', ReadWriteOncePod: 'RWOP' }
const order = ['ReadWriteOnce', 'ReadOnlyMany', 'ReadWriteMany', 'ReadWriteOncePod']

/** GetAccessModesAsString: each mode once, in a fixed order. */
export const accessModesCell = (modes: readonly string[] | undefined): string => order.filter((m) => modes?.includes(m)).map((m) => short[m]).join(',')

/** The class by its old annotation or its field. */
export function storageClassCell(o: ApiObject, unset: string): string {
  return o.metadata.annotations?.['volume.beta.kubernetes.io/storage-class'] ?? o.spec?.storageClassName ?? unset
}
