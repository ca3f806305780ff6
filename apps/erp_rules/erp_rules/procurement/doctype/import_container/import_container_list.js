frappe.listview_settings['Import Container'] = {
  add_fields: ['workflow_state'],
  has_indicator_for_draft: true,
  get_indicator(doc) {
    const colour = {
      Draft: 'gray',
      Shipped: 'blue',
      Arrived: 'cyan',
      Unloaded: 'orange',
      Accepted: 'purple',
      Closed: 'green',
    }
    return [
      __(doc.workflow_state),
      colour[doc.workflow_state] || 'gray',
      `workflow_state,=,${doc.workflow_state}`,
    ]
  },
}
