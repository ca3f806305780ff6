import { get, post, screens, type Doc, type Violation } from './api'
import type { Left } from './countdown'

export interface Transition {
  action: string
  label: string
  next_state: string
  next_state_label: string
  needs_reason: boolean
  /** Why the user cannot take it now (made it themselves …); empty when they can. */
  refused?: string
  on_behalf_of?: string
  on_behalf_of_name?: string
}
export type Way = 'countersign' | 'pass_on' | 'return_to' | 'withdraw' | 'remind'
/** Somebody who was asked by name to countersign a document, or to decide it. */
export interface Task {
  name: string
  kind: 'Countersign' | 'Pass On'
  kind_label: string
  status: 'Open' | 'Agreed' | 'Declined' | 'Done'
  status_label: string
  from_name: string
  to_name: string
  reason: string
  opinion?: string
  asked_at: string
  answered_at?: string
  is_mine: boolean
}
export interface Event {
  at: string
  who: string
  on_behalf_of?: string
  kind: 'created' | 'changed' | 'workflow' | 'comment' | 'attached' | 'rule' | 'other'
  text: string
  changes: { label: string; row?: number; from: string; to: string }[]
}
export interface Attachment {
  name: string
  file_name: string
  file_url: string
  file_size: number
}
/** What a step asks for: a field of the document, or one of its own, with its kind and words. */
export interface AskedField {
  fieldname: string
  label?: string
  fieldtype?: string
  reqd?: 0 | 1
  description?: string
  choices?: { value: string; label: string }[]
}
/** What may be recorded on a document beside its workflow: the method, and the fields that it asks for. */
export interface FurtherStep {
  label: string
  method: string
  args: Record<string, string>
  fields: AskedField[]
  /** Why there is nothing to record now. */
  notice?: string
}
/** Whom a document waits for by full name; without people nobody has the roles. */
export interface WaitsFor {
  people: string[]
  roles: string[]
  since: string
  is_me: boolean
}
export interface Opened {
  /** Full names of the users that the document names, by login. */
  people: Record<string, string>
  doc: Doc
  title: string
  transitions: Transition[]
  ways: Way[]
  earlier: { value: string; label: string }[]
  tasks: Task[]
  waits_for: WaitsFor | null
  /** Fields this user may write in the present state, a minus before what stays locked; null: every field. */
  editable: string[] | null
  can_write: boolean
  can_delete: boolean
  open_points: Violation[]
  attachments: Attachment[]
  deadlines: { clause: string; due_at: string; status: string; responsible_role: string }[]
  /** The time limit that is due next. */
  left?: Left
  print_formats: string[]
  /** Forms whose copies are numbered, as far as the state lets them go out. */
  numbered_forms: { print_format: string; label: string; copies: number }[]
  /** Documents that can be begun with the values of this one. */
  beginnings: { doctype: string; label: string }[]
  steps: FurtherStep[]
}

/** Whether a state leaves a field open, or one of a table's columns. */
export function isOpen(editable: string[] | null | undefined, field: string, column?: string) {
  if (!editable) return true
  const path = column ? `${field}.${column}` : field
  if (editable.includes(`-${path}`)) return false
  return editable.includes(field) || editable.includes(path)
}
export const openDocument = (doctype: string, name: string) =>
  get<Opened>(screens('document'), { doctype, name })
export const timeline = (doctype: string, name: string) =>
  get<Event[]>(screens('timeline'), { doctype, name })

/** Take a workflow action on the version that was seen; a second tap finds the state changed and is told so. */
export const act = (doc: Doc, action: string, reason: string, onBehalfOf?: string) =>
  post<{ state: string; state_label: string }>(screens('act'), {
    doctype: doc.doctype,
    name: doc.name,
    action,
    reason,
    modified: doc.modified,
    on_behalf_of: onBehalfOf,
  })

/** Answer a countersignature; declining does not decide, it warns the approver. */
export const answer = (task: string, agreed: boolean, opinion: string) =>
  post<{ message: string }>(screens('answer'), { task, agreed, opinion })
