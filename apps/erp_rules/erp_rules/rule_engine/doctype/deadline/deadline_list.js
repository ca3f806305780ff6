frappe.listview_settings['Deadline'] = {
  add_fields: ['status'],
  get_indicator(doc) {
    const colours = { Open: 'blue', Met: 'green', Overdue: 'red', Missed: 'orange' }
    return [__(doc.status), colours[doc.status] || 'gray', `status,=,${doc.status}`]
  },
}
