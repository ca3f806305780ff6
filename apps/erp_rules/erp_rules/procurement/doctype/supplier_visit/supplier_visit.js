frappe.ui.form.on('Supplier Visit', {
  setup(frm) {
    frm.set_query('supplier', () => ({ filters: { status: ['!=', 'Eliminated'] } }))
  },
})
