frappe.ui.form.on('Engineering Change Notice', {
  setup(frm) {
    frm.set_query('new_item', 'items', () => ({ filters: { disabled: 0 } }))
  },

  refresh(frm) {
    if (frm.doc.docstatus !== 1) return
    frm.add_custom_button(__('Purchase Change Order'), () =>
      frappe.set_route('List', 'Purchase Change Order', { engineering_change_notice: frm.doc.name }),
    )
  },
})
