import { invalid } from '@drydock/api'
import type { Errors } from '../lib/validate.ts'

/** Cron schedules as robfig/cron's standard parser reads them, with its complaints. */
export function validateSchedule(path: string, schedule: string, timeZone: string | undefined): Errors {
  if (schedule.includes('TZ')) {
    if (timeZone !== undefined) return [invalid(path, schedule, 'cannot use both timeZone field and TZ or CRON_TZ in schedule')]
    return [invalid(path, schedule, 'cannot use TZ or CRON_TZ in schedule, use timeZone field instead')]
  }
  const error = parseSchedule(schedule)
  return error === undefined ? [] : [invalid(path, schedule, error)]
}

const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']
const days = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat']
interface Bounds { min: number, max: number, names?: readonly string[], base?: number }
const fields: readonly Bounds[] = [{ min: 0, max: 59 }, { min: 0, max: 23 }, { min: 1, max: 31 }, { min: 1, max: 12, names: months, base: 1 }, { min: 0, max: 6, names: days, base: 0 }]
const descriptors = new Set(['@yearly', '@annually', '@monthly', '@weekly', '@daily', '@midnight', '@hourly'])

/** What is wrong with a schedule; undefined when nothing is. */
export function parseSchedule(schedule: string): string | undefined {
  if (schedule.length === 0) return 'empty spec string'
  if (schedule.startsWith('@')) {
    if (descriptors.has(schedule)) return undefined
    if (schedule.startsWith('@every ')) return everyError(schedule, schedule.slice(7))
    return `unrecognized descriptor: ${schedule}`
  }
  const parts = schedule.split(/\s+/).filter(Boolean)
  if (parts.length !== fields.length) return `expected exactly ${fields.length} fields, found ${parts.length}: [${parts.join(' ')}]`
  for (const [i, part] of parts.entries()) {
    for (const expression of part.split(',')) {
      const error = range(expression, fields[i]!)
      if (error !== undefined) return error
    }
  }
  return undefined
}

/** time.ParseDuration's complaints. */
function everyError(schedule: string, text: string): string | undefined {
  const wrong = (why: string) => `failed to parse duration ${schedule}: time: ${why}`
  const invalidText = wrong(`invalid duration ${JSON.stringify(text)}`)
  let rest = text.replace(/^[-+]/, '')
  if (rest === '0') return undefined
  if (rest === '') return invalidText
  while (rest) {
    const [number = ''] = /^(\d+\.?\d*|\.\d+)/.exec(rest) ?? []
    if (!number) return invalidText
    const [unit = ''] = /^[^.\d]+/.exec(rest.slice(number.length)) ?? []
    if (!unit) return wrong(`missing unit in duration ${JSON.stringify(text)}`)
    if (!units.has(unit)) return wrong(`unknown unit ${JSON.stringify(unit)} in duration ${JSON.stringify(text)}`)
    rest = rest.slice(number.length + unit.length)
  }
  return undefined
}
const units = new Set(['ns', 'us', 'µs', 'μs', 'ms', 's', 'm', 'h'])

function range(expression: string, b: Bounds): string | undefined {
  const [rangePart = '', ...steps] = expression.split('/')
  const [low = '', ...highs] = rangePart.split('-')
  if (steps.length > 1) return `too many slashes: ${expression}`
  let start: number
  let end: number
  if (low === '*' || low === '?') {
    start = b.min
    end = b.max
  } else {
    const first = number(low, b)
    if (typeof first === 'string') return first
    if (highs.length > 1) return `too many hyphens: ${expression}`
    const last = highs.length === 1 ? number(highs[0]!, b) : first
    if (typeof last === 'string') return last
    start = first
    end = steps.length === 1 && highs.length === 0 ? b.max : last
  }
  if (steps.length === 1) {
    const step = digits(steps[0]!)
    if (typeof step === 'string') return step
    if (step === 0) return `step of range should be a positive number: ${expression}`
  }
  if (start < b.min) return `beginning of range (${start}) below minimum (${b.min}): ${expression}`
  if (end > b.max) return `end of range (${end}) above maximum (${b.max}): ${expression}`
  if (start > end) return `beginning of range (${start}) beyond end of range (${end}): ${expression}`
  return undefined
}

function number(text: string, b: Bounds): number | string {
  const i = b.names?.indexOf(text.toLowerCase()) ?? -1
  return i >= 0 ? i + (b.base ?? 0) : digits(text)
}

function digits(text: string): number | string {
  if (/^[+-]?\d+$/.test(text)) return Number(text) < 0 ? `negative number (${Number(text)}) not allowed: ${text}` : Number(text)
  return `failed to parse int from ${text}: strconv.Atoi: parsing ${JSON.stringify(text)}: invalid syntax`
}

export function validateTimeZone(path: string, zone: string | undefined): Errors {
  if (zone === undefined) return []
  if (zone === '') return [invalid(path, zone, 'timeZone must be nil or non-empty string')]
  if (zone.toLowerCase() === 'local') return [invalid(path, zone, 'timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones')]
  return isZone(zone) ? [] : [invalid(path, zone, `unknown time zone ${zone}`)]
}

function isZone(zone: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone })
    return !/^[+-]/.test(zone)
  } catch {
    return false
  }
}
