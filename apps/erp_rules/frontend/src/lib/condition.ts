// depends_on as Frappe's forms know it: `eval:` expressions over `doc`, or the name of a field.
// The expression comes from the DocType, which only an administrator may write.

type Values = Record<string, unknown>
type Test = (doc: Values, parent: Values) => unknown
const compiled = new Map<string, Test>()

export function holds(expression: string | undefined, doc: Values, parent: Values = doc): boolean {
  if (!expression) return true
  if (!expression.startsWith('eval:')) {
    const value = doc[expression]
    return Array.isArray(value) ? value.length > 0 : Boolean(value)
  }
  let run = compiled.get(expression)
  if (!run) {
    run = new Function('doc', 'parent', `return (${expression.slice(5)})`) as Test
    compiled.set(expression, run)
  }
  try {
    return Boolean(run(doc, parent))
  } catch (error) {
    console.error(`depends_on cannot be read: ${expression}`, error)
    return true
  }
}
