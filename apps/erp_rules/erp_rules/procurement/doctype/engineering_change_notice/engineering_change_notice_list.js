frappe.listview_settings['Engineering Change Notice'] = {
  add_fields: ['workflow_state', 'effective_from'],
  has_indicator_for_draft: true,
  get_indicator(doc) {
    const colour = { Draft: 'gray', Approval: 'orange', Approved: 'green', Rejected: 'red' }
    return [
      __(doc.workflow_state),
      colour[doc.workflow_state] || 'gray',
      `workflow_state,=,${doc.workflow_state}`,
    ]
  },
}
