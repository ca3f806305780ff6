frappe.ui.form.on('Supplier Evaluation', {
  setup(frm) {
    frm.set_query('supplier', () => ({ filters: { status: ['in', ['Approved', 'Suspended']] } }))
  },
})
