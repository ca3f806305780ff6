import { ref } from 'vue'
import { get, screens } from './api'
import { t } from './boot'
import type { Left } from './countdown'

export interface Waiting {
  doctype: string
  doctype_label: string
  name: string
  title: string
  state: string
  state_label: string
  since: string
  age_hours: number
  /** The span that `age_hours` lies in. */
  age: string
  due_at?: string
  is_overdue: boolean
  left?: Left
  amount?: number
  currency?: string
  made_by: string
  on_behalf_of?: string
  on_behalf_of_name?: string
  /** Set when the user's countersignature is wanted, not a decision. */
  task?: string
  task_reason?: string
  asked_by_name?: string
}

/** What the user made or asked for, and whom it waits for; without people nobody has the roles. */
export interface Request extends Waiting {
  waits_for: string[]
  roles: string[]
}

/** The first names of those who are waited for, and how many more there are; without any, that nobody has the role. */
export function people(names: string[], roles: string[]): string {
  if (!names.length) return t('Nobody has the role: {0}', roles.join(', '))
  const shown = names.slice(0, 3).join(', ')
  return names.length > 3 ? t('{0} and {1} more', shown, names.length - 3) : shown
}

export const inboxCount = ref(0)

/** What the user made or asked for and that waits for others, oldest first. */
export const loadRequests = () => get<Request[]>(screens('requests'))

/** What waits for the user and for those the user stands in for, oldest first. */
export async function loadInbox(): Promise<Waiting[]> {
  const rows = await get<Waiting[]>(screens('inbox'))
  inboxCount.value = rows.length
  return rows
}
