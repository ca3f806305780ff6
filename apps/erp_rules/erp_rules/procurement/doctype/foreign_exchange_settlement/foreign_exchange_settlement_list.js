frappe.listview_settings['Foreign Exchange Settlement'] = {
  add_fields: ['workflow_state'],
  has_indicator_for_draft: true,
  get_indicator(doc) {
    const colour = { Draft: 'gray', 'Finance Review': 'orange', Approved: 'blue', Settled: 'green' }
    return [
      __(doc.workflow_state),
      colour[doc.workflow_state] || 'gray',
      `workflow_state,=,${doc.workflow_state}`,
    ]
  },
}
