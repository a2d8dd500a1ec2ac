/** Selector attributes of an access review as the text that a request would carry. */
interface SelectorAttributes { rawSelector?: string | undefined, requirements?: ReadonlyArray<{ key: string, operator: string, values?: string[] | undefined }> | undefined }

/** Requirements that cannot be said are left out: that widens what is asked about, which is the safe side (as upstream). */
export function selectorText(s: SelectorAttributes): string {
  if (s.rawSelector) return s.rawSelector
  return (s.requirements ?? []).flatMap(({ key, operator, values = [] }) => {
    switch (operator) {
      case 'In': return [values.length === 1 ? `${key}=${values[0]}` : `${key} in (${values.join(',')})`]
      case 'NotIn': return [values.length === 1 ? `${key}!=${values[0]}` : `${key} notin (${values.join(',')})`]
      case 'Exists': return [key]
      case 'DoesNotExist': return [`!${key}`]
      default: return []
    }
  }).join(',')
}
