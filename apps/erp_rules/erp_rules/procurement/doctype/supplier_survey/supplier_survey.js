frappe.ui.form.on('Supplier Survey', {
  setup(frm) {
    frm.set_query('supplier', () => ({ filters: { disabled: 0 } }))
    frm.set_query('item', 'part_confirmations', () => ({ filters: { disabled: 0 } }))
  },
})
