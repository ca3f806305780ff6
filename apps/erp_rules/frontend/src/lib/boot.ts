import { reactive } from 'vue'
import { get, post, screens } from './api'

export interface MenuEntry {
  name: string
  label: string
  kind: 'DocType' | 'Report' | 'Page'
  module: string
  menu_numbers: string[]
  can_create: boolean
}
export interface Boot {
  user: string
  full_name: string
  language: string
  roles: string[]
  base_currency: string
  time_zone: string
  menu: MenuEntry[]
  standing_in_for: { user: string; full_name: string }[]
  messages: Record<string, string>
}

export const boot = reactive<Boot>({
  user: 'Guest',
  full_name: '',
  language: 'en',
  roles: [],
  base_currency: '',
  time_zone: '',
  menu: [],
  standing_in_for: [],
  messages: {},
})

export async function loadBoot() {
  Object.assign(boot, await get<Boot>(screens('boot')))
  document.documentElement.lang = boot.language
}

/** Translate an English text into the user's language; {0}, {1} … are filled from the values. */
export function t(text: string, ...values: unknown[]) {
  const found = boot.messages[text] ?? text
  return found.replace(/\{(\d)\}/g, (whole, index) =>
    values[+index] === undefined ? whole : String(values[+index]),
  )
}

export async function switchLanguage(language: string) {
  await post(screens('set_language'), { language })
  window.location.reload()
}

const THEME = 'erp_rules.theme'
export function applyTheme(theme = localStorage.getItem(THEME) ?? 'auto') {
  localStorage.setItem(THEME, theme)
  const dark = theme === 'dark' || (theme === 'auto' && matchMedia('(prefers-color-scheme: dark)').matches)
  document.documentElement.dataset.theme = dark ? 'dark' : 'light'
  // The bar of the telephone above the screens.
  document.querySelector('meta[name="theme-color"]')?.setAttribute('content', dark ? '#0f0f0f' : '#ffffff')
  return theme
}
