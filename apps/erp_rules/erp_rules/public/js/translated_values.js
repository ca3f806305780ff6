// What Frappe's desk leaves in English: the names of DocTypes, roles, states and actions in fields that link to
// them, where the reader may not open these; and the labels of table columns in the timeline.
;(() => {
  for (const kind of ['DocType', 'Role', 'Workflow State', 'Workflow Action Master']) {
    frappe.form.link_formatters[kind] ??= (value) => __(value)
  }
  const get_label = frappe.meta.get_label
  frappe.meta.get_label = function (doctype, ...given) {
    return __(get_label.call(this, doctype, ...given), null, doctype)
  }
})()
