frappe.listview_settings['Material Plan'] = {
  onload(listview) {
    if (!frappe.model.can_import('Material Plan')) return
    listview.page.add_inner_button(__('Import a File'), () => import_plan(listview))
  },
  add_fields: ['workflow_state'],
  has_indicator_for_draft: true,
  get_indicator(doc) {
    const colour = {
      Draft: 'gray',
      Released: 'blue',
      Closed: 'darkgrey',
    }
    return [
      __(doc.workflow_state),
      colour[doc.workflow_state] || 'gray',
      `workflow_state,=,${doc.workflow_state}`,
    ]
  },
}

// A plan from a file: checked first, line by line; the good lines are taken, each other line says why not.
function import_plan(listview) {
  const dialog = new frappe.ui.Dialog({
    title: __('Import a File'),
    size: 'large',
    fields: [
      {
        fieldname: 'file',
        fieldtype: 'Attach',
        label: __('File (CSV or Excel)'),
        reqd: 1,
        description: __('Columns: item, quantity, required date; the first line holds their titles.'),
      },
      { fieldname: 'report', fieldtype: 'HTML' },
    ],
    primary_action_label: __('Check'),
    primary_action: () => run('check_file'),
    secondary_action_label: __('Import'),
    secondary_action: () => run('import_file'),
  })
  const run = (method) => {
    const file_url = dialog.get_value('file')
    if (!file_url) return
    frappe
      .call({
        method: `erp_rules.api.imports.${method}`,
        args: { doctype: 'Material Plan', file_url },
        freeze: true,
      })
      .then((answer) => {
        dialog.fields_dict.report.$wrapper.html(report_html(answer.message, method === 'check_file'))
        if (method === 'import_file') listview.refresh()
      })
  }
  dialog.show()
}

function report_html(report, is_check) {
  const escape = frappe.utils.escape_html
  const head = is_check
    ? __('{0} lines read, {1} would be refused.', [report.lines, report.refused_lines])
    : __('{0} lines read, {1} refused. Made: {2}', [
        report.lines,
        report.refused_lines,
        escape(report.names.join(', ') || '–'),
      ])
  const rows = report.errors.map(
    (error) => `<tr><td>${error.line}</td><td>${escape(error.column)}</td><td>${escape(error.found)}</td>
      <td>${escape(error.message)}${error.clause ? ` (${escape(error.clause)})` : ''}</td></tr>`,
  )
  const table = rows.length
    ? `<table class="table table-bordered"><thead><tr><th>${__('Line')}</th><th>${__('Column')}</th>
        <th>${__('Found')}</th><th>${__('What is wrong')}</th></tr></thead><tbody>${rows.join('')}</tbody></table>`
    : ''
  return `<p><b>${head}</b></p><div style="max-height: 50vh; overflow: auto">${table}</div>`
}
