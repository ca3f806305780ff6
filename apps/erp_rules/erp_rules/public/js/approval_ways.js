// The ways besides approving on the desk's forms (1.8 to 1.12): countersign, pass on, return to a step, withdraw,
// remind, and the answer to a countersignature. The server says which are open to the user and checks each again.
;(() => {
  const METHOD = 'erp_rules.api.screens.'
  const person = () => ({
    fieldname: 'user',
    fieldtype: 'Link',
    options: 'User',
    label: __('Person'),
    reqd: 1,
    only_select: 1,
  })
  const reason = (reqd) => ({ fieldname: 'reason', fieldtype: 'Small Text', label: __('Reason'), reqd })
  const step = (earlier) => ({
    fieldname: 'state',
    fieldtype: 'Select',
    label: __('Step'),
    reqd: 1,
    options: earlier,
    default: earlier[0]?.value,
  })

  // Method, words of the button, and what the dialog asks for.
  const WAYS = {
    countersign: { label: 'Add a countersigner', fields: () => [person(), reason(1)] },
    pass_on: { label: 'Pass on', fields: () => [person(), reason(1)] },
    return_to: { label: 'Return to a step', fields: (told) => [step(told.earlier), reason(1)], moves: true },
    withdraw: { label: 'Withdraw', fields: () => [reason(1)], moves: true },
    remind: { label: 'Remind', fields: () => [reason(0)] },
  }

  function prompt(title, fields, method, args, frm) {
    const dialog = new frappe.ui.Dialog({
      title,
      fields,
      primary_action_label: title,
      primary_action(values) {
        dialog.disable_primary_action()
        send(method, { ...args(), ...values }, dialog, frm).always(() => dialog.enable_primary_action())
      },
    })
    dialog.show()
  }

  // A refusal is shown by the desk itself; what was typed stays in the dialog.
  function send(method, args, dialog, frm) {
    return frappe.call({ method: METHOD + method, args }).then(
      ({ message }) => {
        dialog.hide()
        frappe.show_alert({ message: message.message, indicator: 'green' })
        frm.reload_doc()
      },
      () => dialog.$wrapper.find('textarea').first().trigger('focus'),
    )
  }

  function offer(frm, told, way) {
    const { label, fields, moves } = WAYS[way]
    const document_args = () => ({
      doctype: frm.doctype,
      name: frm.docname,
      ...(moves ? { modified: frm.doc.modified } : {}),
    })
    frm.add_custom_button(
      __(label),
      () => {
        if (frm.is_dirty()) return frappe.msgprint(__('Save first'))
        prompt(__(label), fields(told), way, document_args, frm)
      },
      __('Other ways'),
    )
  }

  function answer(frm, task) {
    const fields = [
      { fieldname: 'asked', fieldtype: 'HTML' },
      {
        fieldname: 'opinion',
        fieldtype: 'Small Text',
        label: __('Opinion'),
        description: __('Required when you decline.'),
      },
    ]
    const give = (agreed) => {
      const { opinion } = dialog.get_values(true)
      return send('answer', { task: task.name, agreed, opinion }, dialog, frm)
    }
    const dialog = new frappe.ui.Dialog({
      title: __('You are asked to countersign'),
      fields,
      primary_action_label: __('Agree'),
      primary_action: () => give(true),
      secondary_action_label: __('Decline'),
      secondary_action: () => give(false),
    })
    dialog.get_field('asked').$wrapper.text(`${task.from_name}: ${task.reason}`)
    dialog.show()
  }

  function tell_tasks(frm, told) {
    const asked = told.tasks.filter((task) => task.kind === 'Countersign')
    const open = asked.filter((task) => task.status === 'Open')
    const declined = asked.filter((task) => task.status === 'Declined' && task.state_label === told.state)
    const escape = frappe.utils.escape_html
    for (const task of open) {
      frm.set_intro(
        escape(
          task.is_mine
            ? __('{0} asks you to countersign: {1}', [task.from_name, task.reason])
            : __('{0} has been asked to countersign and has not answered yet.', [task.to_name]),
        ),
        'orange',
      )
    }
    for (const task of declined) {
      const said = __('{0} declined to countersign: {1}', [task.to_name, task.opinion || '–'])
      frm.set_intro(escape(said), 'red')
    }
    const mine = open.find((task) => task.is_mine)
    if (mine) frm.add_custom_button(__('Answer'), () => answer(frm, mine)).addClass('btn-primary')
  }

  $(document).on('erp-rules-guidance', (_event, frm, told) => {
    for (const way of told.ways) if (WAYS[way]) offer(frm, told, way)
    tell_tasks(frm, told)
  })
})()
