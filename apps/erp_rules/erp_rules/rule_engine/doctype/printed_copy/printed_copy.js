frappe.ui.form.on('Printed Copy', {
  setup(frm) {
    frm.get_docfield('print_format').formatter = (value) => frappe.utils.escape_html(__(value))
  },
})
