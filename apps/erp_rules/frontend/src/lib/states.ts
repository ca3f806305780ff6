import type { Meta } from './meta'

type Theme = 'gray' | 'blue' | 'green' | 'orange' | 'red'
const THEMES: Record<string, Theme> = {
  Primary: 'blue',
  Info: 'blue',
  Success: 'green',
  Warning: 'orange',
  Danger: 'red',
  Inverse: 'gray',
}

/** The colour of a workflow state: the style that its Workflow State record carries. */
export function badgeTheme(meta: Meta, state: string): Theme {
  const found = meta.workflow?.states.find((one) => one.state === state)
  return THEMES[found?.style ?? ''] ?? 'gray'
}
