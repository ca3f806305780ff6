frappe.listview_settings['Price Approval'] = {
  add_fields: ['workflow_state', 'prices_end_on'],
  has_indicator_for_draft: true,
  get_indicator(doc) {
    const colour = {
      Draft: 'gray',
      'Change Draft': 'gray',
      'Finance Review': 'orange',
      'Executive Approval': 'orange',
      Approved: 'blue',
      Posted: 'green',
      Rejected: 'red',
    }
    const ended = doc.prices_end_on && doc.prices_end_on < frappe.datetime.get_today()
    if (doc.workflow_state === 'Posted' && ended) {
      return [__('Expired'), 'red', 'prices_end_on,<,Today|workflow_state,=,Posted']
    }
    return [
      __(doc.workflow_state),
      colour[doc.workflow_state] || 'gray',
      `workflow_state,=,${doc.workflow_state}`,
    ]
  },
}
