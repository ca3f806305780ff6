frappe.ui.form.on('Purchase Return', {
  setup(frm) {
    frm.set_query('purchase_order', () => ({ filters: { supplier: frm.doc.supplier, docstatus: 1 } }))
    frm.set_query('over_delivery', 'items', () => ({
      filters: { supplier: frm.doc.supplier, status: 'Open' },
    }))
  },

  refresh(frm) {
    const is_open = ['Draft', 'Purchasing Handling'].includes(frm.doc.workflow_state) || frm.is_new()
    if (is_open && !frm.doc.purchase_order) {
      frm.add_custom_button(__('Find the Receipt'), () => find_receipt(frm))
    }
  },
})

// Candidates for goods of unknown order, likeliest first (4.7.1.2).
function find_receipt(frm) {
  const row = (frm.doc.items || []).find((line) => line.item && !line.order_row)
  if (!row) {
    frappe.msgprint(__('Enter the item that goes back first.'))
    return
  }
  frappe
    .call({
      method: 'erp_rules.api.receiving.find_receipts',
      args: { item: row.item, supplier: frm.doc.supplier || null, rate: row.rate || null },
    })
    .then((answer) => {
      const found = answer.message || []
      if (!found.length) {
        frappe.msgprint(__('No receipt fits; purchasing makes a return order.'))
        return
      }
      frappe.prompt(
        {
          fieldname: 'receipt_row',
          fieldtype: 'Select',
          label: __('Purchase Receipt'),
          reqd: 1,
          options: found.map((line) => ({
            value: line.receipt_row,
            label: `${line.receipt} · ${line.purchase_order} · ${line.rate} ${line.currency} · ${line.left_qty}`,
          })),
        },
        (values) => {
          const chosen = found.find((line) => line.receipt_row === values.receipt_row)
          frappe.model.set_value(row.doctype, row.name, 'receipt_row', chosen.receipt_row)
          frappe.model.set_value(row.doctype, row.name, 'receipt', chosen.receipt)
          frappe.model.set_value(row.doctype, row.name, 'order_row', chosen.order_row)
          frm.set_value('purchase_order', chosen.purchase_order)
        },
        __('Find the Receipt'),
      )
    })
}
