frappe.listview_settings['Rule Event'] = {
  add_fields: ['outcome'],
  get_indicator(doc) {
    const colours = { Blocked: 'red', Warned: 'orange', Waived: 'blue' }
    return [__(doc.outcome), colours[doc.outcome] || 'gray', `outcome,=,${doc.outcome}`]
  },
}
