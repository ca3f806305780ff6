// depends_on and the values of link_filters as Frappe's forms know them: `eval:` expressions over `doc` and `parent`,
// or the name of a field. The expression comes from the DocType, which only an administrator may write.

type Values = Record<string, unknown>
type Test = (doc: Values, parent: Values, ...helpers: unknown[]) => unknown
const compiled = new Map<string, Test>()
// What expressions use of the desk beside the document.
const helpers = {
  in_list: (list: unknown[], value: unknown) => list.includes(value),
  cint: (value: unknown) => Math.trunc(Number(value)) || 0,
  flt: (value: unknown) => Number(value) || 0,
}

export function holds(expression: string | undefined, doc: Values, parent: Values = doc): boolean {
  if (!expression) return true
  if (!expression.startsWith('eval:')) {
    const value = doc[expression]
    return Array.isArray(value) ? value.length > 0 : Boolean(value)
  }
  try {
    return Boolean(evaluate(expression, doc, parent))
  } catch (error) {
    console.error(`depends_on cannot be read: ${expression}`, error)
    return true
  }
}

/** The value of an expression that begins with `eval:`; one that cannot be read throws. */
export function evaluate(expression: string, doc: Values, parent: Values = doc): unknown {
  let run = compiled.get(expression)
  if (!run) {
    const code = expression.slice(5).replace(/[;\s]+$/, '')
    run = new Function('doc', 'parent', ...Object.keys(helpers), `return (${code})`) as Test
    compiled.set(expression, run)
  }
  return run(doc, parent, ...Object.values(helpers))
}
