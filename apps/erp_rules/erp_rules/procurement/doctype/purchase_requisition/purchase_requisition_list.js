frappe.listview_settings['Purchase Requisition'] = {
  add_fields: ['workflow_state'],
  has_indicator_for_draft: true,
  get_indicator(doc) {
    const colour = {
      Draft: 'gray',
      Approval: 'orange',
      Approved: 'blue',
      Ordered: 'green',
      Closed: 'darkgrey',
    }
    return [
      __(doc.workflow_state),
      colour[doc.workflow_state] || 'gray',
      `workflow_state,=,${doc.workflow_state}`,
    ]
  },
  onload(listview) {
    if (frappe.user.has_role('Purchaser'))
      listview.page.add_inner_button(__('Ordering workbench'), () => window.open('/erp/ordering'))
  },
}
