frappe.ui.form.on('Purchase Receipt', {
  refresh(frm) {
    if (frm.is_new() && frappe.user.has_role('Receiving Clerk')) {
      frm.add_custom_button(__('Count a delivery'), () => window.open('/erp/counting'))
    }
    if (frm.doc.docstatus !== 1) return
    if (frm.doc.total_rejected > 0 && frappe.model.can_create('Purchase Return')) {
      frm.add_custom_button(__('Return Rejected Goods'), () =>
        frappe
          .call({ method: 'erp_rules.api.receiving.return_rejected', args: { receipt: frm.doc.name } })
          .then((answer) => frappe.set_route('Form', 'Purchase Return', answer.message[0])),
      )
    }
    if (frm.doc.total_over > 0) {
      frm.add_custom_button(__('Over Delivery'), () =>
        frappe.set_route('List', 'Over Delivery', { receipt: frm.doc.name }),
      )
    }
  },
})
