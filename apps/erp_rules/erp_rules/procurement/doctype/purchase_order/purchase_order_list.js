frappe.listview_settings['Purchase Order'] = {
  add_fields: ['workflow_state', 'has_unpriced'],
  has_indicator_for_draft: true,
  get_indicator(doc) {
    const colour = {
      Draft: 'gray',
      'Manager Approval': 'orange',
      Approved: 'blue',
      Issued: 'purple',
      'Partly Received': 'yellow',
      Received: 'green',
      Closed: 'darkgrey',
    }
    return [
      __(doc.workflow_state),
      colour[doc.workflow_state] || 'gray',
      `workflow_state,=,${doc.workflow_state}`,
    ]
  },
  onload(listview) {
    if (!frappe.user.has_role('Purchaser')) return
    listview.page.add_inner_button(__('Ordering workbench'), () => window.open('/erp/ordering'))
    for (const [language, label] of [
      ['zh', __('Print in Chinese')],
      ['en', __('Print in English')],
    ]) {
      listview.page.add_actions_menu_item(label, () => print_batch(listview, language))
    }
  },
}

function print_batch(listview, language) {
  const args = { orders: listview.get_checked_items(true), language }
  erp_rules.print_answer('erp_rules.api.ordering.print_batch', args).then(() => listview.refresh())
}
