frappe.listview_settings['Item'] = {
  add_fields: ['sample_status', 'disabled'],
  filters: [['disabled', '=', 0]],
  get_indicator(doc) {
    if (doc.disabled) {
      return [__('Disabled'), 'gray', 'disabled,=,1']
    }
    const colours = { Confirmed: 'green', Pending: 'orange', 'Not Required': 'blue' }
    const status = doc.sample_status
    return [__(status), colours[status] || 'gray', `sample_status,=,${status}`]
  },
}
