import { get, screens } from './api'

export interface Field {
  fieldname: string
  label: string
  fieldtype: string
  options?: string
  option_labels?: string[]
  reqd?: number
  read_only?: number
  hidden?: number
  bold?: number
  in_list_view?: number
  in_standard_filter?: number
  depends_on?: string
  mandatory_depends_on?: string
  read_only_depends_on?: string
  description?: string
  default?: string
  fetch_from?: string
  length?: number
  precision?: string
  permlevel?: number
  link_filters?: string
  allow_on_submit?: number
  collapsible?: number
  non_negative?: number
  translatable?: number
}
export interface WorkflowState {
  state: string
  label: string
  style: string
  doc_status: string
}
export interface Meta {
  name: string
  label: string
  module: string
  title_field?: string
  image_field?: string
  search_fields: string[]
  sort_field: string
  sort_order: string
  autoname?: string
  issingle?: number
  is_submittable?: number
  allow_import?: number
  fields: Field[]
  children: Record<string, Field[]>
  permissions: Record<string, boolean>
  workflow: { field: string; states: WorkflowState[]; actions: { action: string; label: string }[] } | null
  print_formats: string[]
  /** What may be entered in a new document, as `editable` of an opened one. */
  new_editable: string[] | null
  /** Whether its documents are to be dealt with by a time that the regulation sets. */
  has_time_limits: boolean
}

const known = new Map<string, Promise<Meta>>()

/** The DocType as the server describes it to this user: translated labels, permissions, workflow. */
export function getMeta(doctype: string): Promise<Meta> {
  let meta = known.get(doctype)
  if (!meta) {
    meta = get<Meta>(screens('meta'), { doctype })
    meta.catch(() => known.delete(doctype))
    known.set(doctype, meta)
  }
  return meta
}

export const TABLES = ['Table', 'Table MultiSelect']
export const LAYOUT = ['Section Break', 'Column Break', 'Tab Break', 'HTML', 'Heading', 'Button', 'Fold']
export const NUMBERS = ['Int', 'Float', 'Currency', 'Percent']
export const isValue = (field: Field) => !LAYOUT.includes(field.fieldtype)
export const isTable = (field: Field) => TABLES.includes(field.fieldtype)
export const isNumber = (field: Field) => NUMBERS.includes(field.fieldtype)
