frappe.listview_settings['Approval Step'] = {
  formatters: Object.fromEntries(
    ['action', 'from_state', 'to_state'].map((name) => [
      name,
      (value) => frappe.utils.escape_html(__(value)),
    ]),
  ),
}
