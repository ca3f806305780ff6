import { boot, t } from './boot'
import type { Field } from './meta'

export const locale = () => (boot.language === 'zh' ? 'zh-CN' : 'en-GB')

/** A number in the user's notation; `digits` are shown at least, six at most. */
export function number(value: unknown, digits = 0) {
  if (value === null || value === undefined || value === '') return ''
  return new Intl.NumberFormat(locale(), { minimumFractionDigits: digits, maximumFractionDigits: 6 }).format(
    Number(value),
  )
}

/** An amount or a unit price: cents always, more digits where the price has them. */
export const money = (value: unknown, currency?: string) =>
  value === null || value === undefined || value === ''
    ? ''
    : `${number(value, 2)}${currency ? ` ${currency}` : ''}`

/** A percentage with one decimal. */
export const percent = (value: unknown) => `${number(Math.round(Number(value) * 10) / 10, 1)} %`

/** A number in a table of mixed columns: counts plain, amounts with cents. */
export const cell = (value: unknown) =>
  typeof value === 'number' ? number(value, Number.isInteger(value) ? 0 : 2) : String(value ?? '')

export function date(value: unknown) {
  return value ? String(value).slice(0, 10) : ''
}

export function moment(value: unknown) {
  return value ? String(value).slice(0, 16) : ''
}

/** "3 h", "2 d": how long ago a server time was, in the server's own clock. */
export function age(hours: number) {
  if (hours < 1) return t('{0} min', Math.max(1, Math.round(hours * 60)))
  if (hours < 48) return t('{0} h', Math.round(hours))
  return t('{0} d', Math.round(hours / 24))
}

/** The text a value is shown as in lists and read-only fields. */
export function show(value: unknown, field: Field, doc: Record<string, unknown> = {}): string {
  if (value === null || value === undefined || value === '') return ''
  switch (field.fieldtype) {
    case 'Check':
      return Number(value) ? '✓' : ''
    case 'Int':
      return number(value, 0)
    case 'Float':
      return number(value)
    case 'Percent':
      return `${number(Math.round(Number(value) * 100) / 100)} %`
    case 'Currency': {
      const source = field.options ?? ''
      return money(value, String((source && doc[source]) || (source.length === 3 ? source : '') || ''))
    }
    case 'Date':
      return date(value)
    case 'Datetime':
      return moment(value)
    case 'Time':
      return String(value)
        .replace(/^(\d):/, '0$1:')
        .slice(0, 5)
    case 'Select':
    case 'Link':
      return optionLabel(value, field)
    default:
      return field.translatable ? words(String(value)) : String(value)
  }
}

/** A text of the app, or several words of it, in the user's language. */
const words = (text: string) =>
  (t(text) === text ? text.split(', ').map((word) => t(word)) : [t(text)]).join(', ')

/** The name of a record in the user's language, where records are named by words: roles, states and the like. */
export const named = (name: string, doctype?: string) =>
  ['DocType', 'Role', 'Workflow State', 'Workflow Action Master'].includes(doctype ?? '') ? t(name) : name

export function optionLabel(value: unknown, field: Field) {
  const at = (field.options ?? '').split('\n').indexOf(String(value))
  if (field.fieldtype === 'Select' && at >= 0) return field.option_labels?.[at] ?? t(String(value))
  return named(String(value), field.options)
}
