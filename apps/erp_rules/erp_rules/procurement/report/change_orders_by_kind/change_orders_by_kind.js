frappe.query_reports['Change Orders by Kind'] = {
  formatter: window.erp_rules_numbers.formatter,
}
