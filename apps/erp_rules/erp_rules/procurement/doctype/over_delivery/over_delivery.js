frappe.ui.form.on('Over Delivery', {
  refresh(frm) {
    if (frm.doc.status !== 'Open') return
    if (frappe.model.can_create('Purchase Return')) {
      frm.add_custom_button(__('Return'), () =>
        frappe
          .call({
            method: 'erp_rules.api.receiving.return_over',
            args: { over_delivery: frm.doc.name },
          })
          .then((answer) => frappe.set_route('Form', 'Purchase Return', answer.message)),
      )
    }
    if (frm.doc.order_row && frappe.model.can_create('Purchase Change Order')) {
      frm.add_custom_button(__('Ask for It by Change Order'), () =>
        frappe
          .call({
            method: 'erp_rules.api.receiving.change_over',
            args: { over_delivery: frm.doc.name },
          })
          .then((answer) => frappe.set_route('Form', 'Purchase Change Order', answer.message)),
      )
    }
    if (frappe.model.can_write('Over Delivery')) {
      frm.add_custom_button(__('Let an Order Take It'), () => choose_order(frm))
    }
  },
})

function choose_order(frm) {
  frappe
    .call({ method: 'erp_rules.api.receiving.over_targets', args: { over_delivery: frm.doc.name } })
    .then((answer) => {
      const rows = answer.message || []
      if (!rows.length) {
        frappe.msgprint(__('No order of this supplier has this item open.'))
        return
      }
      frappe.prompt(
        [
          {
            fieldname: 'order_row',
            fieldtype: 'Select',
            label: __('Purchase Order'),
            reqd: 1,
            options: rows.map((row) => ({
              value: row.order_row,
              label: `${row.purchase_order} · ${row.open_qty}`,
            })),
          },
          { fieldname: 'qty', fieldtype: 'Float', label: __('Quantity') },
        ],
        (values) => take_over(frm, values),
        __('Let an Order Take It'),
      )
    })
}

function take_over(frm, values) {
  frappe
    .call({
      method: 'erp_rules.api.receiving.take_over',
      args: {
        over_delivery: frm.doc.name,
        order_row: values.order_row,
        qty: values.qty || null,
      },
      freeze: true,
    })
    .then(() => frm.reload_doc())
}
