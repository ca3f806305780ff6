frappe.ui.form.on('Purchase Change Order', {
  setup(frm) {
    // Its new order and requisition are made when it is executed; by hand they would be refused.
    frm.can_make_methods = { 'Purchase Order': () => false, 'Purchase Requisition': () => false }
  },

  refresh(frm) {
    if (frm.is_new()) {
      frm.trigger('purchase_order')
      return
    }
    frm.add_custom_button(__('Consequences'), () => show_consequences(frm))
    if (['Approval', 'Approved'].includes(frm.doc.workflow_state)) tell_consequences(frm)
  },

  // The rows of the order, as they are, for what shall differ to be changed in them.
  purchase_order(frm) {
    if (!frm.doc.purchase_order || (frm.doc.lines || []).some((line) => line.order_row)) return
    frappe
      .call({
        method: 'erp_rules.api.screens.begin',
        type: 'GET',
        args: {
          doctype: frm.doctype,
          source_doctype: 'Purchase Order',
          source: frm.doc.purchase_order,
        },
      })
      .then((answer) => {
        const { lines, change_kind, ...values } = answer.message
        frm.clear_table('lines')
        // The desk shows an empty number as zero, as if nothing were wanted: the quantity begins as it is.
        for (const line of lines) {
          frm.add_child('lines', { ...line, new_qty: line.old_qty, new_currency: line.currency })
        }
        for (const [fieldname, value] of Object.entries(values)) frm.doc[fieldname] = value
        frm.refresh_fields()
      })
  },
})

const preview = (frm) =>
  frappe.call({ method: 'erp_rules.api.changes.preview', type: 'GET', args: { change_order: frm.doc.name } })

const money = (value, currency) => format_currency(value, currency)

function amounts_of(shown) {
  if (!shown.amounts) return ''
  const { currency, base_currency, before, after, difference, difference_base } = shown.amounts
  const base = base_currency === currency ? '' : ` (${money(difference_base, base_currency)})`
  return [
    `${__('Before')}: ${money(before, currency)}`,
    `${__('After')}: ${money(after, currency)}`,
    `${__('Difference')}: ${money(difference, currency)}${base}`,
  ].join(' · ')
}

function markup(shown) {
  const safe = (value) => frappe.utils.escape_html(String(value ?? ''))
  const entry = (one) => {
    const text = one.link
      ? `<a href="${frappe.utils.get_form_link(one.link.doctype, one.link.name)}">${safe(one.text)}</a>`
      : `<strong>${safe(one.text)}</strong>`
    const amount =
      one.amount === undefined || one.amount === null ? '' : ` ${money(one.amount, one.currency)}`
    return `<li>${text}${amount}${one.details.map((line) => `<br><span class="text-muted">${safe(line)}</span>`).join('')}</li>`
  }
  const groups = shown.groups.map(
    (group) =>
      `<h6 class="mt-3">${safe(group.label)} <span class="text-muted">(${safe(group.clause)})</span></h6>` +
      `<ul>${group.entries.map(entry).join('')}</ul>`,
  )
  const tables = shown.tables.map(
    (table) =>
      `<h6 class="mt-3">${safe(table.label)}</h6><div style="overflow-x: auto"><table class="table table-bordered small">` +
      `<tr>${table.columns.map((column) => `<th>${safe(column)}</th>`).join('')}</tr>` +
      table.rows.map((row) => `<tr>${row.map((value) => `<td>${safe(value)}</td>`).join('')}</tr>`).join('') +
      '</table></div>',
  )
  const notes = shown.notes.map((note) => `<li>${safe(note.message)} (${safe(note.clause)})</li>`)
  return (
    `<p>${amounts_of(shown)}</p>` +
    groups.join('') +
    tables.join('') +
    (notes.length ? `<ul class="text-warning">${notes.join('')}</ul>` : '')
  )
}

function show_consequences(frm) {
  preview(frm).then((answer) => {
    frappe.msgprint({ title: answer.message.title, message: markup(answer.message), wide: true })
  })
}

// Whoever decides sees the essence without asking for it.
function tell_consequences(frm) {
  const name = frm.doc.name
  preview(frm).then((answer) => {
    if (frm.doc.name !== name || !answer.message) return
    frm.dashboard.set_headline(
      [amounts_of(answer.message), ...answer.message.groups.map((group) => group.label)]
        .filter(Boolean)
        .join(' · '),
    )
  })
}
