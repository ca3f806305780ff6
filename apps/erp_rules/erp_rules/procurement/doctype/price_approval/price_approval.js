frappe.ui.form.on('Price Approval', {
  refresh(frm) {
    if (frm.is_new()) {
      // What reviewers fill in later; the server refuses it on a new form.
      frm.toggle_display(['validity_section', 'opinions_section'], false)
      return
    }
    frm.add_custom_button(__('Quote Comparison'), () =>
      frappe.set_route('query-report', 'Quote Comparison', { price_approval: frm.doc.name }),
    )
    frm.add_custom_button(__('Price History'), () =>
      frappe.set_route('query-report', 'Price History', { item: frm.doc.item }),
    )
    if (frm.doc.workflow_state === 'Posted' && frappe.user.has_role('Purchaser')) {
      frm.add_custom_button(__('Renew'), () =>
        frappe
          .call({
            method: 'erp_rules.api.prices.renew',
            args: { price_approval: frm.doc.name },
            freeze: true,
          })
          .then(() => frm.reload_doc()),
      )
    }
  },
})
