frappe.ui.form.on('Approval Step', {
  setup(frm) {
    for (const name of ['action', 'from_state', 'to_state']) {
      frm.get_docfield(name).formatter = (value) => frappe.utils.escape_html(__(value))
    }
  },
})
