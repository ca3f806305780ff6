frappe.listview_settings['Printed Copy'] = {
  formatters: { print_format: (value) => frappe.utils.escape_html(__(value)) },
}
