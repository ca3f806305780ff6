frappe.ui.form.on('Foreign Exchange Settlement', {
  refresh(frm) {
    if (frm.is_new()) return
    frm.add_custom_button(__('Foreign Exchange Settlement Control'), () =>
      frappe.set_route('query-report', 'Foreign Exchange Settlement Control', { supplier: frm.doc.supplier }),
    )
  },
})
