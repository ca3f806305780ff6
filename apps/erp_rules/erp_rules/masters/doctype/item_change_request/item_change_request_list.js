frappe.listview_settings['Item Change Request'] = {
  has_indicator_for_draft: true,
  add_fields: ['workflow_state'],
  get_indicator(doc) {
    const state = doc.workflow_state || 'Draft'
    const colours = {
      Draft: 'gray',
      Engineer: 'orange',
      'Cost Accountant': 'yellow',
      Applied: 'green',
    }
    return [__(state), colours[state] || 'gray', `workflow_state,=,${state}`]
  },
}
