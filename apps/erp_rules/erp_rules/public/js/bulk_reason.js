// Asks for the reason before the desk's list carries out an action that needs one on the chosen documents. Which
// actions these are the server says, and it refuses each document without a reason (1.13).
;(() => {
  const OFFERED = 'erp_rules.api.screens.common_actions'
  const CARRY_OUT = 'frappe.model.workflow.bulk_workflow_approval'
  const views = frappe.views
  if (!views?.ListView) return

  function ask(list, item, names) {
    const dialog = new frappe.ui.Dialog({
      title: `${item.label} (${names.length})`,
      fields: [{ fieldname: 'reason', fieldtype: 'Small Text', label: __('Reason'), reqd: 1 }],
      primary_action_label: item.label,
      primary_action({ reason }) {
        dialog.hide()
        list.disable_list_update = true
        const args = { docnames: names, doctype: list.doctype, action: item.name, reason }
        frappe.call({ method: CARRY_OUT, args }).always(() => {
          list.disable_list_update = false
          list.clear_checked_items()
          list.refresh()
        })
      },
    })
    dialog.show()
  }

  async function carry_out(list, item) {
    const names = list.get_checked_items(true)
    const offered = await frappe.xcall(OFFERED, { doctype: list.doctype, names })
    const needs_reason = offered.some((one) => one.action === item.name && one.needs_reason)
    return needs_reason ? ask(list, item, names) : item.action()
  }

  const make = views.ListView.prototype.get_workflow_action_menu_items
  views.ListView.prototype.get_workflow_action_menu_items = function (...given) {
    const items = make.apply(this, given)
    if (!(frappe.boot.erp_rules_controlled || []).includes(this.doctype)) return items
    return items.map((item) => ({ ...item, action: () => carry_out(this, item) }))
  }
})()
