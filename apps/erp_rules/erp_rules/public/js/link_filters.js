// What the desk's link fields offer (link_filters of the DocTypes), told in the user's language; and list filters.
;(() => {
  // Frappe says what a link field was filtered by; one of several values is left in English.
  const link = frappe.ui.form.ControlLink?.prototype
  const describe = link?.get_filter_description
  const told = (value) => (Array.isArray(value) ? value.map((one) => __(one)).join(' / ') : value)
  if (describe) {
    link.get_filter_description = function (filters) {
      if (Array.isArray(filters)) return describe.call(this, filters)
      const named = Object.entries(filters).map(([fieldname, wanted]) => [
        fieldname,
        Array.isArray(wanted) ? [wanted[0], told(wanted[1])] : wanted,
      ])
      return describe.call(this, Object.fromEntries(named))
    }
  }

  // A filter of a list finds documents as they are, so it offers whatever their links hold. What a form's link field
  // offers is meant for new entries, and may ask for the document at hand, which a list has not.
  const make_field = frappe.ui.Filter?.prototype.make_field
  if (make_field) {
    frappe.ui.Filter.prototype.make_field = function (df, ...rest) {
      return make_field.call(this, { ...df, link_filters: undefined }, ...rest)
    }
  }
})()
