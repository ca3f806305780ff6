frappe.ui.form.on('Supplier Survey', {
  setup(frm) {
    frm.set_query('supplier', () => ({ filters: { disabled: 0 } }))
    frm.set_query('item', 'part_confirmations', () => ({ filters: { disabled: 0 } }))
  },

  refresh(frm) {
    // What reviewers fill in later; the server refuses it on a new form.
    frm.toggle_display(['technical_section', 'quality_section', 'approval_section'], !frm.is_new())
  },
})
