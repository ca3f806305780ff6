import { onBeforeUnmount, ref, type Ref } from 'vue'
import { get, screens } from './api'

/** The time that a document has left, as the server counts it: in shift hours where the clause says so. */
export interface Left {
  clause: string
  due_at: string
  minutes: number
  is_late: boolean
  is_soon: boolean
  text: string
}

const MINUTE = 60000
const LIMIT = 500

/** The time left of the documents that `names` gives, by name; asked for again every minute while it is seen. */
export function useCountdowns(doctype: () => string, names: () => string[]) {
  const left: Ref<Record<string, Left>> = ref({})
  async function load() {
    const wanted = names().slice(0, LIMIT)
    if (!wanted.length) return (left.value = {})
    left.value = await get(screens('countdowns'), { doctype: doctype(), names: wanted })
  }
  // What cannot be loaded now is asked for again in a minute.
  const refresh = () => load().catch(console.warn)
  const timer = window.setInterval(() => document.visibilityState === 'visible' && refresh(), MINUTE)
  onBeforeUnmount(() => clearInterval(timer))
  return { left, refresh }
}
