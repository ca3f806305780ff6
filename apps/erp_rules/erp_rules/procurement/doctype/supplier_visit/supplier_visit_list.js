frappe.listview_settings['Supplier Visit'] = {
  add_fields: ['status'],
  get_indicator(doc) {
    const colours = {
      Planned: 'orange',
      Done: 'green',
      Cancelled: 'gray',
    }
    return [__(doc.status), colours[doc.status] || 'gray', `status,=,${doc.status}`]
  },
}
