frappe.ui.form.on('Engineering Change Notice', {
  refresh(frm) {
    if (frm.doc.docstatus !== 1) return
    frm.add_custom_button(__('Purchase Change Order'), () =>
      frappe.set_route('List', 'Purchase Change Order', { engineering_change_notice: frm.doc.name }),
    )
  },
})
