frappe.ui.form.on('Import Container', {
  refresh(frm) {
    const is_draft = !frm.doc.workflow_state || frm.doc.workflow_state === 'Draft'
    if (is_draft && frappe.model.can_create('Import Container')) {
      frm.add_custom_button(__('Add from Orders'), () => add_from_orders(frm))
    }
    if (frm.is_new()) return
    frm.add_custom_button(__('Delivery Notice'), () =>
      frappe.set_route('List', 'Delivery Notice', { import_container: frm.doc.name }),
    )
    frm.add_custom_button(__('Purchase Receipt'), () =>
      frappe.set_route('List', 'Purchase Receipt', { import_container: frm.doc.name }),
    )
    if (frm.doc.open_discrepancies) {
      frm.dashboard.add_indicator(`${__('Open Discrepancies')}: ${frm.doc.open_discrepancies}`, 'orange')
    }
  },
})

function add_from_orders(frm) {
  if (!frm.doc.supplier) {
    frappe.msgprint(__('Choose the supplier first.'))
    return
  }
  frappe
    .call({ method: 'erp_rules.api.importing.packable', args: { supplier: frm.doc.supplier }, freeze: true })
    .then((answer) => {
      const there = new Set((frm.doc.items || []).map((row) => row.order_row))
      const rows = answer.message.filter((row) => !there.has(row.order_row))
      if (!rows.length) {
        frappe.msgprint(__('Nothing of this supplier is left to pack.'))
        return
      }
      frm.doc.items = (frm.doc.items || []).filter((row) => row.purchase_order)
      for (const row of rows) frm.add_child('items', row)
      frm.refresh_field('items')
      frm.dirty()
    })
}
