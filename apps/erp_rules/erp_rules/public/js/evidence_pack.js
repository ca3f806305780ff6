// The evidence pack of an order (rulebook 6): sent at once, or made in the background when it is big.
frappe.provide('erp_rules')
erp_rules.evidence_pack = async (order) => {
  const answer = await frappe.xcall('erp_rules.api.evidence.prepare', { order })
  if (answer.url) window.open(answer.url)
  else frappe.show_alert({ message: answer.message, indicator: 'blue' }, 10)
}
