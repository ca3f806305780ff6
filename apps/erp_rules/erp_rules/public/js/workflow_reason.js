// Asks on the desk for the reason of a workflow action that needs one, and sends it along. The server decides
// which actions these are and refuses them without a reason (1.13); nothing is decided here.
;(() => {
  const KEY = '__workflow_reason' // read by the server's apply_workflow
  const watched = new Set()

  function ask(frm, action) {
    return new Promise((resolve, reject) => {
      let given = false
      frappe.dom.unfreeze() // the desk has frozen the page for the action
      const dialog = new frappe.ui.Dialog({
        title: __(action),
        fields: [{ fieldname: 'reason', fieldtype: 'Small Text', label: __('Reason'), reqd: 1 }],
        primary_action_label: __(action),
        primary_action({ reason }) {
          given = true
          frm.doc[KEY] = reason
          dialog.hide()
          frappe.dom.freeze()
          resolve()
        },
      })
      dialog.onhide = () => {
        if (given) return
        frm.selected_workflow_action = null
        reject(new Error(__('No reason was given.')))
      }
      dialog.show()
    })
  }

  async function before_workflow_action(frm) {
    delete frm.doc[KEY]
    const action = frm.selected_workflow_action
    const offered = await frappe.workflow.get_transitions(frm.doc)
    if (offered.some((one) => one.action === action && one.needs_reason)) await ask(frm, action)
  }

  $(document).on('form-load', (_event, frm) => {
    if (watched.has(frm.doctype)) return
    watched.add(frm.doctype)
    frappe.ui.form.on(frm.doctype, { before_workflow_action })
  })
})()
