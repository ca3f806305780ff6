frappe.ui.form.on('Material Plan', {
  refresh(frm) {
    if (frm.doc.workflow_state !== 'Released' || !frappe.user.has_role('Planner')) return
    frm.add_custom_button(__('Make Requisitions'), () =>
      frappe
        .call({ method: 'erp_rules.api.ordering.request_plan', args: { plan: frm.doc.name }, freeze: true })
        .then((answer) =>
          frappe.msgprint(__('Requisitions made: {0}', [answer.message.requisitions.join(', ')])),
        ),
    )
  },
})
