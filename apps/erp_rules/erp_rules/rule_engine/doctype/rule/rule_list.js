frappe.listview_settings['Rule'] = {
  add_fields: ['title_zh', 'enforcement'],
  formatters: {
    title: (value, _field, doc) => ((frappe.boot.lang || '').startsWith('zh') && doc.title_zh) || value,
    kind: (value) =>
      (value || '')
        .split(', ')
        .map((one) => frappe.utils.escape_html(__(one)))
        .join(', '),
  },
  get_indicator(doc) {
    const colours = { Block: 'green', Warn: 'orange', Off: 'red' }
    return [__(doc.enforcement), colours[doc.enforcement] || 'gray', `enforcement,=,${doc.enforcement}`]
  },
}
