frappe.provide('frappe.dashboards.chart_sources')

frappe.dashboards.chart_sources['Regulation Figures'] = {
  method: 'erp_rules.api.figures.chart',
  filters: [
    { fieldname: 'item', label: __('Item'), fieldtype: 'Link', options: 'Item' },
    { fieldname: 'supplier', label: __('Supplier'), fieldtype: 'Link', options: 'Supplier' },
  ],
}
