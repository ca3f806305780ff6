frappe.ui.form.on('Supplier', {
  refresh(frm) {
    if (frm.is_new()) {
      return
    }
    for (const doctype of ['Supplier Survey', 'Supplier Evaluation']) {
      if (frappe.model.can_create(doctype)) {
        const make = () => frappe.new_doc(doctype, { supplier: frm.doc.name })
        frm.add_custom_button(__(doctype), make, __('Create'))
      }
    }
  },
})
