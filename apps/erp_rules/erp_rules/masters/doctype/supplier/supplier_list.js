frappe.listview_settings['Supplier'] = {
  add_fields: ['status'],
  get_indicator(doc) {
    const colours = {
      Prospective: 'gray',
      Approved: 'green',
      Suspended: 'orange',
      Eliminated: 'red',
    }
    return [__(doc.status), colours[doc.status] || 'gray', `status,=,${doc.status}`]
  },
}
