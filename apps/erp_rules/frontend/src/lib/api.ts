// The one way to the server. Every answer is either data or a ServerError that carries what the
// server said: messages, and the violated clauses with the row and field they belong to.

export interface Violation {
  clause: string
  table?: string
  row?: number
  fieldname?: string
  message: string
  waivable?: boolean
}

export class ServerError extends Error {
  constructor(
    message: string,
    readonly status: number,
    readonly type: string,
    readonly messages: string[],
    readonly violations: Violation[],
  ) {
    super(message)
  }
  /** No answer came: the connection is cut, nothing is known about the request. */
  get isOffline() {
    return this.status === 0
  }
  /** Somebody else changed the document meanwhile. */
  get isStale() {
    return this.type === 'TimestampMismatchError'
  }
}

type Values = Record<string, unknown>
const csrf = () => (window as { csrf_token?: string }).csrf_token ?? ''

/** The session is over, or ended in another tab: the server takes the cookie that names the user away. */
const isLoggedOut = () => !/(^|; )user_id=(?!Guest(;|$))/.test(document.cookie)

function text(html: string) {
  const node = new DOMParser().parseFromString(html.replace(/<(br|\/li|\/p)[^>]*>/gi, '\n'), 'text/html')
  return (node.body.textContent ?? '').replace(/\n{2,}/g, '\n').trim()
}

function messagesOf(body: Values): string[] {
  const raw = body._server_messages
  if (typeof raw !== 'string') return []
  return (JSON.parse(raw) as string[])
    .map((entry) => text((JSON.parse(entry) as { message?: string }).message ?? ''))
    .filter(Boolean)
}

async function request<T>(method: string, path: string, body?: Values | FormData): Promise<T> {
  let response: Response
  try {
    response = await fetch(path, {
      method,
      credentials: 'same-origin',
      headers: {
        Accept: 'application/json',
        'X-Frappe-CSRF-Token': csrf(),
        ...(body instanceof FormData ? {} : { 'Content-Type': 'application/json' }),
      },
      body: body instanceof FormData ? body : body === undefined ? undefined : JSON.stringify(body),
    })
  } catch {
    throw new ServerError('', 0, 'Offline', [], [])
  }
  const answer = (await response.json().catch(() => ({}))) as Values
  if (response.ok) return answer as T
  if (response.status === 401 || (response.status === 403 && isLoggedOut())) {
    const { pathname, search } = window.location
    window.location.assign(`/login?redirect-to=${encodeURIComponent(pathname + search)}`)
  }
  const messages = messagesOf(answer)
  const fallback = text(String(answer._error_message ?? '')) || String(answer.exc_type ?? response.statusText)
  throw new ServerError(
    messages.join('\n') || fallback,
    response.status,
    String(answer.exc_type ?? ''),
    messages,
    (answer.rule_violations as Violation[]) ?? [],
  )
}

function query(values: Values) {
  const parts = new URLSearchParams()
  for (const [key, value] of Object.entries(values)) {
    if (value === undefined || value === null) continue
    parts.set(key, typeof value === 'object' ? JSON.stringify(value) : String(value))
  }
  const found = parts.toString()
  return found ? `?${found}` : ''
}

// Servers refuse addresses that are longer than some thousand signs.
const LONG_ADDRESS = 2000

/** Call a whitelisted method that only reads. */
export async function get<T>(method: string, args: Values = {}): Promise<T> {
  const asked = query(args)
  if (asked.length > LONG_ADDRESS) return post(method, args)
  return (await request<{ message: T }>('GET', `/api/method/${method}${asked}`)).message
}

/** Call a whitelisted method that writes. */
export async function post<T>(method: string, args: Values = {}): Promise<T> {
  return (await request<{ message: T }>('POST', `/api/method/${method}`, args)).message
}

/** Send one file to a method that looks at it. */
export async function sendFile<T>(method: string, file: File): Promise<T> {
  const form = new FormData()
  form.set('file', file, file.name)
  return (await request<{ message: T }>('POST', `/api/method/${method}`, form)).message
}

/** Send one file to be kept; the server answers with the File document. */
export async function upload(file: File, doctype: string, name: string, fieldname?: string) {
  const form = new FormData()
  form.set('file', file, file.name)
  form.set('is_private', '1')
  // A document that is not stored yet takes its files when it is saved.
  if (name) {
    form.set('doctype', doctype)
    form.set('docname', name)
    if (fieldname) form.set('fieldname', fieldname)
  }
  return (
    await request<{ message: { file_url: string; file_name: string } }>(
      'POST',
      '/api/method/upload_file',
      form,
    )
  ).message
}

export type Doc = Values & { doctype: string; name: string; modified?: string; docstatus?: number }

const resource = (doctype: string, name?: string) =>
  `/api/resource/${encodeURIComponent(doctype)}${name === undefined ? '' : `/${encodeURIComponent(name)}`}`

export async function insertDoc(doc: Values & { doctype: string }): Promise<Doc> {
  return (await request<{ data: Doc }>('POST', resource(doc.doctype), doc)).data
}

export async function updateDoc(doctype: string, name: string, values: Values): Promise<Doc> {
  return (await request<{ data: Doc }>('PUT', resource(doctype, name), values)).data
}

export async function deleteDoc(doctype: string, name: string): Promise<void> {
  await request('DELETE', resource(doctype, name))
}

export async function listDocs(
  doctype: string,
  args: {
    fields: string[]
    filters?: unknown
    or_filters?: unknown
    order_by?: string
    limit_start?: number
    limit?: number
  },
): Promise<Doc[]> {
  const { limit, ...rest } = args
  return (
    await request<{ data: Doc[] }>(
      'GET',
      resource(doctype) + query({ ...rest, limit_page_length: limit ?? 20 }),
    )
  ).data
}

export const screens = (method: string) => `erp_rules.api.screens.${method}`
