frappe.listview_settings['Purchase Return'] = {
  add_fields: ['workflow_state'],
  has_indicator_for_draft: true,
  get_indicator(doc) {
    const colour = {
      Draft: 'gray',
      'Purchasing Handling': 'orange',
      'Manager Approval': 'orange',
      Approved: 'blue',
      'Handed Over': 'purple',
      Posted: 'green',
    }
    return [
      __(doc.workflow_state),
      colour[doc.workflow_state] || 'gray',
      `workflow_state,=,${doc.workflow_state}`,
    ]
  },
}
