// A filter of a list finds documents as they are, so it offers whatever their links hold. What a form's link field offers
// (link_filters of the DocType) is meant for new entries, and may ask for the document at hand, which a list has not.
;(() => {
  const make_field = frappe.ui.Filter?.prototype.make_field
  if (!make_field) return
  frappe.ui.Filter.prototype.make_field = function (df, ...rest) {
    return make_field.call(this, { ...df, link_filters: undefined }, ...rest)
  }
})()
