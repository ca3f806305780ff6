frappe.listview_settings['Over Delivery'] = {
  add_fields: ['status'],
  has_indicator_for_draft: true,
  get_indicator(doc) {
    const colour = {
      Open: 'orange',
      Settled: 'green',
    }
    return [__(doc.status), colour[doc.status] || 'gray', `status,=,${doc.status}`]
  },
}
