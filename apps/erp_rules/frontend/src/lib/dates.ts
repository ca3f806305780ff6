// Days and times as the server writes them: 2026-11-22, 2026-11-22 08:30:00, 08:30:00. They are shown
// and typed the same way in every language; only the names in the calendar follow the user's.
import { boot } from './boot'
import { locale } from './format'

/** Today in the site's time zone, which is the one that dates of documents are meant in. */
export const today = () =>
  new Date().toLocaleDateString('sv-SE', { timeZone: boot.time_zone || undefined }).slice(0, 10)

const pad = (value: number, width = 2) => String(value).padStart(width, '0')
export const written = (day: Date) =>
  `${pad(day.getUTCFullYear(), 4)}-${pad(day.getUTCMonth() + 1)}-${pad(day.getUTCDate())}`

/** The day of a text as people type it, 2026-1-5, 2026/01/05, 20260105, 2026年1月5日; null when it is none. */
export function readDay(text: string): string | null {
  const plain = text.normalize('NFKC').trim()
  const found =
    /^(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?$/.exec(plain) ??
    /^(\d{4})(\d{2})(\d{2})$/.exec(plain)
  if (!found) return null
  const [year, month, day] = found.slice(1).map(Number)
  const date = new Date(Date.UTC(year, month - 1, day))
  // The 31st of a short month would be a day of the next one.
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day ? written(date) : null
}

/** The time of a text, 8:30, 0830, 8:30:15; null when it is none. */
export function readTime(text: string): string | null {
  const plain = text.normalize('NFKC').trim()
  const found =
    /^(\d{1,2}):(\d{1,2})(?::(\d{1,2})(?:\.\d+)?)?$/.exec(plain) ?? /^(\d{2})(\d{2})()$/.exec(plain)
  if (!found) return null
  const [hours, minutes, seconds] = found.slice(1).map((part) => Number(part || 0))
  return hours < 24 && minutes < 60 && seconds < 60 ? `${pad(hours)}:${pad(minutes)}:${pad(seconds)}` : null
}

/** The value that a field of this type takes for a typed text; null when the text is no such value. */
export function readMoment(text: string, fieldtype: string): string | null {
  if (fieldtype === 'Time') return readTime(text)
  if (fieldtype === 'Date') return readDay(text)
  const [, day, time] = /^(.*?)(?:[T\s]+([\d:.：]+))?$/.exec(text.trim()) ?? []
  const found = readDay(day ?? '')
  const clock = time ? readTime(time) : '00:00:00'
  return found && clock ? `${found} ${clock}` : null
}

/** How a stored value is shown in its field. */
export function shownMoment(value: unknown, fieldtype: string): string {
  if (value === null || value === undefined) return ''
  const text = String(value)
  if (fieldtype === 'Date') return text.slice(0, 10)
  if (fieldtype === 'Datetime') return text.replace('T', ' ').slice(0, 16)
  return readTime(text)?.slice(0, 5) ?? text
}

/** The day `count` days or months after another. */
export function shifted(day: string, count: number, unit: 'day' | 'month'): string {
  const date = new Date(`${day}T00:00:00Z`)
  if (unit === 'day') date.setUTCDate(date.getUTCDate() + count)
  else {
    const wanted = date.getUTCDate()
    date.setUTCDate(1)
    date.setUTCMonth(date.getUTCMonth() + count)
    const last = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate()
    date.setUTCDate(Math.min(wanted, last))
  }
  return written(date)
}

/** The six weeks, Monday first, that show the month of a day. */
export function weeks(day: string): string[][] {
  const first = `${day.slice(0, 8)}01`
  const before = (new Date(`${first}T00:00:00Z`).getUTCDay() + 6) % 7
  return Array.from({ length: 6 }, (_, week) =>
    Array.from({ length: 7 }, (_, at) => shifted(first, week * 7 + at - before, 'day')),
  )
}

const named = (day: string, format: Intl.DateTimeFormatOptions) =>
  new Intl.DateTimeFormat(locale(), { ...format, timeZone: 'UTC' }).format(new Date(`${day}T00:00:00Z`))
export const monthName = (day: string) => named(day, { year: 'numeric', month: 'long' })
export const dayName = (day: string) =>
  named(day, { year: 'numeric', month: 'long', day: 'numeric', weekday: 'long' })
/** Monday to Sunday: the letter in the head of the calendar and the whole word. */
export const weekdays = () =>
  weeks('2024-01-01')[0].map((day) => ({
    short: named(day, { weekday: 'narrow' }),
    long: named(day, { weekday: 'long' }),
  }))
