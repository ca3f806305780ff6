frappe.query_reports['Waiting Documents'] = {
  formatter: window.erp_rules_numbers.formatter,
}
