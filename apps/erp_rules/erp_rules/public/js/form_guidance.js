// What the server says about a document under control, shown on its desk form: which fields the state leaves
// open, what is still missing, who acts next. The server checks all of it again on save.
;(() => {
  const METHOD = 'erp_rules.api.forms.guidance'
  const NOT_DATA = ['Section Break', 'Column Break', 'Tab Break', 'HTML', 'Button', 'Heading', 'Fold']

  // The fields as the DocType and its customisations define them, before anything was locked here.
  const defined = (doctype) =>
    frappe.meta.get_docfields(doctype).filter((df) => !NOT_DATA.includes(df.fieldtype))

  function lock(frm, editable) {
    const locked = (name) => editable !== null && editable.includes(`-${name}`)
    const open = (name) => (editable === null || editable.includes(name)) && !locked(name)
    for (const df of defined(frm.doctype)) {
      if (!frappe.model.table_fields.includes(df.fieldtype)) {
        frm.set_df_property(df.fieldname, 'read_only', df.read_only || !open(df.fieldname) ? 1 : 0)
        continue
      }
      const inside = (column) =>
        !locked(`${df.fieldname}.${column}`) && (open(df.fieldname) || open(`${df.fieldname}.${column}`))
      const columns = defined(df.options)
      const some = columns.some((column) => inside(column.fieldname))
      frm.set_df_property(df.fieldname, 'read_only', df.read_only || !some ? 1 : 0)
      for (const ban of ['cannot_add_rows', 'cannot_delete_rows']) {
        frm.set_df_property(df.fieldname, ban, df[ban] || !open(df.fieldname) ? 1 : 0)
      }
      const grid = frm.get_field(df.fieldname)?.grid
      if (!grid) continue
      for (const column of columns) {
        const is_locked = column.read_only || !inside(column.fieldname)
        grid.update_docfield_property(column.fieldname, 'read_only', is_locked ? 1 : 0)
      }
      grid.refresh()
    }
  }

  // Whom the document waits for: the first names, how many more there are, or that nobody has the role.
  function waiting({ people, roles, since }) {
    if (!people.length) return __('Nobody has the role: {0}', [roles.join(', ')])
    const shown = people.slice(0, 3).join(', ')
    const names = people.length > 3 ? __('{0} and {1} more', [shown, people.length - 3]) : shown
    const safe = frappe.utils.escape_html(names)
    return __('It waits for {0} since {1}.', [safe, frappe.datetime.str_to_user(since)])
  }

  function sentences(told) {
    const said = []
    if (told.actions.length) {
      said.push(__('State: {0}. Your next actions: {1}.', [told.state, told.actions.join(', ')]))
    } else if (told.others.length) {
      said.push(__('State: {0}. Next: {1}.', [told.state, told.others.join(', ')]))
    } else {
      said.push(__('State: {0}.', [told.state]))
    }
    if (told.waits_for && !told.waits_for.is_me) {
      said.push(waiting(told.waits_for))
    }
    if (told.deadline) {
      const due = frappe.datetime.str_to_user(told.deadline.due_at)
      said.push(
        told.deadline.is_late
          ? __('It was due at {0} ({1}).', [due, told.deadline.clause])
          : __('It is due at {0} ({1}).', [due, told.deadline.clause]),
      )
    }
    return said.join(' ')
  }

  function tell(frm, told) {
    frm.set_intro('')
    frm.set_intro(sentences(told), told.deadline?.is_late ? 'red' : 'blue')
    if (!told.open_points.length) return
    const points = told.open_points.map((point) => {
      const weight = point.blocks ? __('Required') : __('Note')
      return `<li><strong>${weight}</strong> ${point.text} (${frappe.utils.escape_html(point.clause)})</li>`
    })
    frm.set_intro(`${__('Before this draft can go on:')}<ul class="mb-0">${points.join('')}</ul>`, 'orange')
  }

  async function ask(frm) {
    const { docname, doc } = frm
    const told = await frappe.xcall(METHOD, { doctype: frm.doctype, name: docname })
    // The user may have gone on to another document, or loaded a newer version, meanwhile.
    return frm.docname === docname && frm.doc.modified === doc.modified ? told : null
  }

  function show(frm, told) {
    tell(frm, told)
    // Other scripts add what is theirs: buttons, countdown.
    $(document).trigger('erp-rules-guidance', [frm, told])
  }

  $(document).on('form-refresh', async (event, frm) => {
    if (frm.is_new() || frm.meta.istable || !frm.fields_dict.workflow_state) return
    const told = await ask(frm)
    if (!told) return
    lock(frm, told.editable)
    show(frm, told)
  })

  // A form that stays open goes on counting down.
  setInterval(async () => {
    const frm = window.cur_frm
    const is_shown = frm && frappe.get_route()[0] === 'Form' && !document.hidden
    if (!is_shown || frm.is_new() || frm.is_dirty() || !frm.fields_dict.workflow_state) return
    const told = await ask(frm)
    if (told?.deadline) show(frm, told)
  }, 60000)

  // A document's number in a list is shown whole: cut, the numbers of a year look all the same.
  const NUMBER = '.list-row-col:has(> .ellipsis > a[data-filter^="name,="])'
  frappe.dom.set_style(`${NUMBER}, ${NUMBER} > .ellipsis, ${NUMBER} a { overflow: visible }`)

  // QAD's menu numbers in the search of the desk.
  $(document).on('app_ready', () => {
    const search = frappe.search?.utils
    if (!search || !frappe.boot.qad_menu_numbers) return
    const find = search.get_doctypes
    search.get_doctypes = function (keywords) {
      const found = find.call(this, keywords)
      for (const [doctype, numbers] of Object.entries(frappe.boot.qad_menu_numbers)) {
        const is_meant = numbers.some((number) => number === keywords.trim())
        if (!is_meant || !frappe.boot.user.can_read.includes(doctype)) continue
        found.push({
          type: 'List',
          label: `${keywords.trim()} ${__('{0} List', [__(doctype)])}`,
          value: `${keywords.trim()} ${__(doctype)}`,
          index: 2,
          route: ['List', doctype],
        })
      }
      return found
    }
  })
})()
