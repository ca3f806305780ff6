frappe.ui.form.on('Purchase Requisition', {
  setup(frm) {
    frm.set_query('item', 'items', () => ({ filters: { disabled: 0 } }))
    frm.set_query('affiliate', () => ({ filters: { supplier_kind: 'Affiliate', disabled: 0 } }))
  },

  refresh(frm) {
    if (frm.doc.workflow_state === 'Approved' && frappe.user.has_role('Purchaser')) {
      frm.add_custom_button(__('Ordering workbench'), () => window.open('/erp/ordering'))
    }
  },
})
