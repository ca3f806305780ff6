frappe.ui.form.on('Item Change Request', {
  setup(frm) {
    frm.set_query('item', () => ({ filters: { disabled: 0 } }))
    frm.set_query('department', () => ({ filters: { disabled: 0 } }))
  },
})
