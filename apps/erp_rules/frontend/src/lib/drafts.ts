// What a person typed survives a lost connection, a closed tab and a reload: it is kept in the
// browser until the server has it. Whoever logs in next on the same device does not see it.
import { boot } from './boot'

const key = (kind: string, doctype: string, name: string) =>
  `erp_rules.${boot.user}.${kind}:${doctype}:${name}`

export function keep(kind: string, doctype: string, name: string, value: unknown) {
  try {
    localStorage.setItem(key(kind, doctype, name), JSON.stringify({ at: Date.now(), value }))
  } catch {
    // A full or forbidden storage must not stop the typing; the text is still on the screen.
    console.warn('The browser keeps no drafts')
  }
}

export function kept<T>(kind: string, doctype: string, name: string): T | undefined {
  const raw = localStorage.getItem(key(kind, doctype, name))
  return raw ? (JSON.parse(raw).value as T) : undefined
}

export function drop(kind: string, doctype: string, name: string) {
  localStorage.removeItem(key(kind, doctype, name))
}
