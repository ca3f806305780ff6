frappe.listview_settings['Item Supplier Price'] = {
  add_fields: ['valid_from', 'valid_to', 'currency'],
  hide_name_column: true,
  get_indicator(doc) {
    const today = frappe.datetime.get_today()
    if (doc.valid_to < today) return [__('Expired'), 'gray', 'valid_to,<,Today']
    if (doc.valid_from > today) return [__('Future'), 'blue', 'valid_from,>,Today']
    if (frappe.datetime.get_day_diff(doc.valid_to, today) <= 30) {
      return [__('Ending Soon'), 'orange', `valid_to,<=,${frappe.datetime.add_days(today, 30)}`]
    }
    return [__('Effective'), 'green', 'valid_to,>=,Today']
  },
}
