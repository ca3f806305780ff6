frappe.query_reports['Purchase Receipts Report'] = {
  formatter: window.erp_rules_numbers.formatter,
}
