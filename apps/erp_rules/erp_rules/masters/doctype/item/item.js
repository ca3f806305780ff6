frappe.ui.form.on('Item', {
  refresh(frm) {
    if (!frm.is_new() && frappe.model.can_create('Item Change Request')) {
      const make = () => frappe.new_doc('Item Change Request', { item: frm.doc.name })
      frm.add_custom_button(__('Item Change Request'), make, __('Create'))
    }
  },
})
