frappe.listview_settings['Purchase Change Order'] = {
  add_fields: ['workflow_state', 'change_kind'],
  has_indicator_for_draft: true,
  get_indicator(doc) {
    const colour = {
      Draft: 'gray',
      Approval: 'orange',
      Approved: 'blue',
      Executed: 'green',
      Rejected: 'red',
    }
    return [
      __(doc.workflow_state),
      colour[doc.workflow_state] || 'gray',
      `workflow_state,=,${doc.workflow_state}`,
    ]
  },
}
