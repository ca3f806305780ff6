frappe.ui.form.on('Supplier Survey', {
  refresh(frm) {
    // What reviewers fill in later; the server refuses it on a new form.
    frm.toggle_display(['technical_section', 'quality_section', 'approval_section'], !frm.is_new())
  },
})
