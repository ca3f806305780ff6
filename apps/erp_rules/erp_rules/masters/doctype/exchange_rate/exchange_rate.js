frappe.ui.form.on('Exchange Rate', {
  setup(frm) {
    for (const field of ['from_currency', 'to_currency']) {
      frm.set_query(field, () => ({ filters: { enabled: 1 } }))
    }
  },
})
