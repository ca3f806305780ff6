frappe.listview_settings['Supplier Survey'] = {
  has_indicator_for_draft: true,
  add_fields: ['workflow_state'],
  get_indicator(doc) {
    const state = doc.workflow_state || 'Draft'
    const colours = {
      Draft: 'gray',
      'Technical Review': 'orange',
      'Quality Review': 'orange',
      Approval: 'yellow',
      Approved: 'green',
      Rejected: 'red',
    }
    return [__(state), colours[state] || 'gray', `workflow_state,=,${state}`]
  },
}
