import { expect, test } from 'vitest'
import { parseSchedule, validateTimeZone } from './schedule.ts'

test.each([
  ['* * * * *', undefined],
  ['*/5 0-3 1,15 jan-mar mon', undefined],
  ['@daily', undefined],
  ['@every 1h30m', undefined],
  ['* * * *', 'expected exactly 5 fields, found 4: [* * * *]'],
  ['60 * * * *', 'end of range (60) above maximum (59): 60'],
  ['* * 0 * *', 'beginning of range (0) below minimum (1): 0'],
  ['* * * * x', 'failed to parse int from x: strconv.Atoi: parsing "x": invalid syntax'],
  ['*/0 * * * *', 'step of range should be a positive number: */0'],
  ['@never', 'unrecognized descriptor: @never'],
])('%s', (schedule, error) => {
  expect(parseSchedule(schedule)).toBe(error)
})

test.each([['Europe/Berlin', 0], ['Etc/UTC', 0], ['Nowhere/Else', 1], ['', 1], ['Local', 1]])('time zone %s', (zone, errors) => {
  expect(validateTimeZone('spec.timeZone', zone)).toHaveLength(errors)
})
