import type { RouteLocationRaw } from 'vue-router'

/** What a number opens, as the server says: the records or rows behind it. */
export interface Target {
  kind: 'list' | 'report' | 'form' | 'inbox'
  name?: string
  document?: string
  query?: Record<string, string>
}

/** The page that a target is on. */
export function routeTo({ kind, name, document, query }: Target): RouteLocationRaw {
  if (kind === 'list') return { name: 'list', params: { doctype: name }, query }
  if (kind === 'report') return { name: 'report', params: { report: name }, query }
  if (kind === 'form') return { name: 'form', params: { doctype: name, name: document } }
  return { name: 'inbox', query }
}
