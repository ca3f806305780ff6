import { toast } from 'frappe-ui'

/** Show a short notice; an error stays twice as long, and is also shown where it belongs. */
export function notify(kind: 'success' | 'error' | 'info', text: string) {
  toast.create({ message: escape(text), type: kind, duration: kind === 'error' ? 10 : 4 })
}

// The toast renders HTML: what the server or a user wrote must stay text.
function escape(text: string) {
  const node = document.createElement('div')
  node.textContent = text
  return node.innerHTML.replace(/\n/g, '<br>')
}
