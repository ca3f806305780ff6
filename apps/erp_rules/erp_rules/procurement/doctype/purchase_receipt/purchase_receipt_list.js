frappe.listview_settings['Purchase Receipt'] = {
  add_fields: ['workflow_state'],
  has_indicator_for_draft: true,
  get_indicator(doc) {
    const colour = {
      Draft: 'gray',
      Counted: 'orange',
      Inspected: 'blue',
      Posted: 'purple',
      'Put Away': 'green',
    }
    return [
      __(doc.workflow_state),
      colour[doc.workflow_state] || 'gray',
      `workflow_state,=,${doc.workflow_state}`,
    ]
  },
}
