frappe.ui.form.on('Warehouse', {
  setup(frm) {
    frm.set_query('supplier', () => ({ filters: { supplier_kind: 'Subcontractor' } }))
  },
})
