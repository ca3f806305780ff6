// What is recorded on a document beside its workflow, on the desk's forms: a button each, and a dialog that asks for
// its fields. The server says which are open to the user and checks each again.
;(() => {
  // A step asks for fields of the document, or for some of its own, which say their kind.
  const field_of = (frm, one) =>
    one.fieldtype
      ? { ...one, options: one.choices }
      : { ...frappe.meta.get_docfield(frm.doctype, one.fieldname), read_only: 0, depends_on: null, ...one }

  function ask(frm, step) {
    if (step.notice) {
      frappe.msgprint(step.notice)
      return
    }
    const fields = step.fields.map((one) => field_of(frm, one))
    const dialog = new frappe.ui.Dialog({
      title: step.label,
      fields,
      primary_action_label: step.label,
      primary_action(values) {
        dialog.disable_primary_action()
        frappe
          .call({ method: step.method, args: { ...step.args, ...values } })
          .then(({ message }) => {
            dialog.hide()
            frappe.show_alert({ message: message.message, indicator: 'green' })
            frm.reload_doc()
          })
          .always(() => dialog.enable_primary_action())
      },
    })
    dialog.show()
  }

  $(document).on('erp-rules-guidance', (_event, frm, told) => {
    for (const step of told.steps) {
      const start = () => (frm.is_dirty() ? frappe.msgprint(__('Save first')) : ask(frm, step))
      frm.add_custom_button(step.label, start).addClass('btn-primary')
    }
  })
})()
