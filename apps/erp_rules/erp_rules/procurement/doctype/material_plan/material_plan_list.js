frappe.listview_settings['Material Plan'] = {
  add_fields: ['workflow_state'],
  has_indicator_for_draft: true,
  get_indicator(doc) {
    const colour = {
      Draft: 'gray',
      Released: 'blue',
      Closed: 'darkgrey',
    }
    return [
      __(doc.workflow_state),
      colour[doc.workflow_state] || 'gray',
      `workflow_state,=,${doc.workflow_state}`,
    ]
  },
}
