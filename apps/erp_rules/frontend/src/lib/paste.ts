import { t } from './boot'
import type { Field } from './meta'
import { isNumber } from './meta'

export interface PasteProblem {
  row: number
  column: string
  found: string
  expected: string
}

/** Split text copied from a spreadsheet: tabs between cells, quotes around cells with line ends. */
export function cells(text: string): string[][] {
  const rows: string[][] = []
  let row: string[] = []
  let cell = ''
  let quoted = false
  const source = text.replace(/\r\n?/g, '\n').replace(/\n+$/, '')
  for (let i = 0; i < source.length; i++) {
    const c = source[i]
    if (quoted) {
      if (c !== '"') cell += c
      else if (source[i + 1] === '"') cell += source[++i]
      else quoted = false
    } else if (c === '"' && cell === '') quoted = true
    else if (c === '\t') {
      row.push(cell)
      cell = ''
    } else if (c === '\n') {
      row.push(cell)
      rows.push(row)
      row = []
      cell = ''
    } else cell += c
  }
  row.push(cell)
  rows.push(row)
  return rows
}

const narrow = (value: string) =>
  value
    .normalize('NFKC')
    .replace(/\u00a0/g, ' ')
    .trim()

function parse(value: string, field: Field): { value?: unknown; expected?: string } {
  const found = narrow(value)
  if (found === '') return { value: null }
  if (isNumber(field)) {
    const plain = found.replace(/,/g, '').replace(/%$/, '')
    return /^[-+]?\d+(\.\d+)?$/.test(plain) ? { value: Number(plain) } : { expected: t('a number') }
  }
  if (field.fieldtype === 'Check') return { value: /^(1|y|yes|true|x|✓|是)$/i.test(found) ? 1 : 0 }
  if (field.fieldtype === 'Date') {
    const match = /^(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?$/.exec(found)
    if (!match) return { expected: t('date YYYY-MM-DD') }
    const [, y, m, d] = match
    const day = new Date(Date.UTC(+y, +m - 1, +d))
    if (day.getUTCMonth() !== +m - 1 || day.getUTCDate() !== +d) return { expected: t('date YYYY-MM-DD') }
    return { value: `${y}-${m.padStart(2, '0')}-${d.padStart(2, '0')}` }
  }
  if (field.fieldtype === 'Select') {
    const options = (field.options ?? '').split('\n')
    const at = options.findIndex((option, i) => option === found || field.option_labels?.[i] === found)
    return at >= 0
      ? { value: options[at] }
      : { expected: (field.option_labels ?? options).filter(Boolean).join(' / ') }
  }
  return { value: found }
}

/**
 * Read pasted text into rows. A first line that names columns decides their order; otherwise they
 * follow the grid's. Nothing is taken while one cell is wrong: all problems are named at once.
 */
export function readRows(
  text: string,
  fields: Field[],
): { rows: Record<string, unknown>[]; problems: PasteProblem[] } {
  const lines = cells(text)
  const named = new Map(
    fields.flatMap((f) => [[narrow(f.label).toLowerCase(), f] as const, [f.fieldname, f] as const]),
  )
  const head = lines[0].map((cell) => named.get(narrow(cell).toLowerCase()))
  const hasHead = head.filter(Boolean).length >= Math.max(1, Math.ceil(lines[0].length / 2))
  const columns = hasHead ? head : fields
  const problems: PasteProblem[] = []
  const rows: Record<string, unknown>[] = []
  for (const [index, line] of (hasHead ? lines.slice(1) : lines).entries()) {
    if (line.every((cell) => narrow(cell) === '')) continue
    const row: Record<string, unknown> = {}
    line.forEach((cell, i) => {
      const field = columns[i]
      if (!field) {
        if (narrow(cell) !== '')
          problems.push({ row: index + 1, column: String(i + 1), found: cell, expected: t('no such column') })
        return
      }
      const { value, expected } = parse(cell, field)
      if (expected) problems.push({ row: index + 1, column: field.label, found: cell, expected })
      else row[field.fieldname] = value
    })
    rows.push(row)
  }
  return { rows, problems }
}
