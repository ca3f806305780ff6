frappe.query_reports['Time Limits Kept'] = {
  formatter: window.erp_rules_numbers.formatter,
}
