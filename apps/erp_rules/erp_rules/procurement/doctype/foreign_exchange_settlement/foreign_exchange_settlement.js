frappe.ui.form.on('Foreign Exchange Settlement', {
  setup(frm) {
    frm.set_query('supplier', () => ({ filters: { disabled: 0 } }))
    frm.set_query('purchase_order', 'items', (doc) => ({
      filters: { supplier: doc.supplier, currency: doc.currency, docstatus: 1, order_kind: ['!=', 'Return'] },
    }))
    frm.set_query('receipt', 'items', (doc) => ({ filters: { supplier: doc.supplier, docstatus: 1 } }))
    frm.set_query('import_container', (doc) => ({ filters: { supplier: doc.supplier } }))
  },

  refresh(frm) {
    if (frm.is_new()) return
    frm.add_custom_button(__('Foreign Exchange Settlement Control'), () =>
      frappe.set_route('query-report', 'Foreign Exchange Settlement Control', { supplier: frm.doc.supplier }),
    )
  },
})
