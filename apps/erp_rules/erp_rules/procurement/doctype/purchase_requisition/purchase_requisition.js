frappe.ui.form.on('Purchase Requisition', {
  refresh(frm) {
    if (frm.doc.workflow_state === 'Approved' && frappe.user.has_role('Purchaser')) {
      frm.add_custom_button(__('Ordering workbench'), () => window.open('/erp/ordering'))
    }
  },
})
