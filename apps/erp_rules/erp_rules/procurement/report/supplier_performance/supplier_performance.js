frappe.query_reports['Supplier Performance'] = {
  formatter: window.erp_rules_numbers.formatter,
}
