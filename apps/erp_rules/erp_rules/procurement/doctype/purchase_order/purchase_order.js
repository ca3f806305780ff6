frappe.ui.form.on('Purchase Order', {
  refresh(frm) {
    // What is open after submission is written by later documents, never by hand.
    const is_draft = frm.doc.docstatus === 0
    for (const fieldname of ['required_date', 'rate', 'price_row']) {
      frm.fields_dict.items.grid.update_docfield_property(fieldname, 'read_only', is_draft ? 0 : 1)
    }
    frm.fields_dict.items.grid.update_docfield_property('rate', 'read_only', 1)
    if (frm.is_new()) return
    frm.add_custom_button(__('Evidence pack'), () => erp_rules.evidence_pack(frm.doc.name))
    frm.add_custom_button(__('Open and Late Orders'), () =>
      frappe.set_route('query-report', 'Open and Late Orders', { supplier: frm.doc.supplier }),
    )
    const is_out = ['Issued', 'Partly Received', 'Received'].includes(frm.doc.workflow_state)
    if (is_out && frm.doc.order_kind !== 'Return' && frappe.model.can_create('Purchase Change Order')) {
      frm.add_custom_button(__('Change this order'), () =>
        frappe.new_doc('Purchase Change Order', { purchase_order: frm.doc.name }),
      )
    }
  },
})
