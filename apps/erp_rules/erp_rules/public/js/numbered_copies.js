// Numbered copies of a form, on the desk's forms: the server counts each copy and gives the page to print. Frappe's own
// print view is a preview, which is not counted and says so.
frappe.provide('erp_rules')
;(() => {
  const LANGUAGES = [
    ['zh', __('Print in Chinese')],
    ['en', __('Print in English')],
  ]

  // Print what a method of the server answers; the window opens at once, or the browser would block it.
  erp_rules.print_answer = (method, args) => {
    const page = window.open('', '_blank')
    return frappe
      .call({ method, args, freeze: true })
      .then(({ message }) => {
        if (!page) return frappe.msgprint(__('Please enable pop-ups'))
        page.document.write(message.html)
        page.document.close()
        page.focus()
        page.print()
      })
      .catch(() => page?.close())
  }

  $(document).on('erp-rules-guidance', (_event, frm, told) => {
    for (const form of told.numbered_forms) {
      for (const [language, label] of LANGUAGES) {
        const words = told.numbered_forms.length > 1 ? `${form.label}: ${label}` : label
        const args = {
          doctype: frm.doctype,
          name: frm.docname,
          print_format: form.print_format,
          language,
        }
        const print = () =>
          frm.is_dirty()
            ? frappe.msgprint(__('Save first'))
            : erp_rules.print_answer('erp_rules.api.prints.print_copy', args).then(() => frm.reload_doc())
        frm.add_custom_button(words, print, __('Print'))
      }
    }
  })
})()
