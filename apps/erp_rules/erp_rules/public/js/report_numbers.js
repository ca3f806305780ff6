// Numbers of this app's reports open what is behind them: a list or another report, as the row's `opens` says.
window.erp_rules_numbers = {
  // The address of what a number opens.
  address({ kind, name, filters }) {
    const query = Object.entries(filters).map(
      ([field, value]) =>
        `${encodeURIComponent(field)}=${encodeURIComponent(Array.isArray(value) ? JSON.stringify(value) : value)}`,
    )
    const page =
      kind === 'report' ? `query-report/${encodeURIComponent(name)}` : `${frappe.router.slug(name)}/view/list`
    return `/app/${page}?${query.join('&')}`
  },

  formatter(value, row, column, data, standard) {
    const shown = standard(value, row, column, data)
    const target = data?.opens?.[column.fieldname]
    if (!target || value === null || value === undefined || value === '') return shown
    return `<a href="${window.erp_rules_numbers.address(target)}">${shown}</a>`
  },
}
