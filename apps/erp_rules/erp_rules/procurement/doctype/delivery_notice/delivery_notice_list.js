frappe.listview_settings['Delivery Notice'] = {
  add_fields: ['status'],
  has_indicator_for_draft: true,
  get_indicator(doc) {
    const colour = {
      Announced: 'orange',
      Arrived: 'blue',
      Received: 'green',
      Cancelled: 'darkgrey',
    }
    return [__(doc.status), colour[doc.status] || 'gray', `status,=,${doc.status}`]
  },
}
