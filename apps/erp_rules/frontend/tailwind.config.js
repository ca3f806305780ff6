import preset from 'frappe-ui/tailwind'

/** @type {import('tailwindcss').Config} */
export default {
  presets: [preset],
  content: [
    './src/**/*.{vue,ts}',
    './node_modules/frappe-ui/src/components/{Button,Dialog,Dropdown,Badge,Toast,Tooltip,Tabs,Popover,Spinner}/**/*.{vue,ts}',
    './node_modules/frappe-ui/src/components/*.vue',
  ],
}
