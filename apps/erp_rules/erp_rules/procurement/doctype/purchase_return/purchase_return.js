frappe.ui.form.on('Purchase Return', {
  setup(frm) {
    frm.set_query('purchase_order', () => ({ filters: { supplier: frm.doc.supplier, docstatus: 1 } }))
    frm.set_query('over_delivery', 'items', () => ({
      filters: { supplier: frm.doc.supplier, status: 'Open' },
    }))
  },
})
