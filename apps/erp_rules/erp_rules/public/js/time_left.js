// How much time a document has left, beside its state: on the desk's forms and lists. The server counts it, in the
// hours of the shifts where the clause says so (2.6, 4.6.3).
;(() => {
  const METHOD = 'erp_rules.api.screens.countdowns'
  const colour = (left) => (left.is_late ? 'red' : left.is_soon ? 'orange' : 'blue')

  $(document).on('erp-rules-guidance', (_event, frm, told) => {
    const area = frm.page.wrapper.find('.title-area .indicator-pill').first()
    frm.page.wrapper.find('.erp-rules-left').remove()
    if (!told.deadline) return
    $('<span class="erp-rules-left indicator-pill no-indicator-dot whitespace-nowrap ml-2">')
      .addClass(colour(told.deadline))
      .attr('title', `${told.deadline.clause}: ${frappe.datetime.str_to_user(told.deadline.due_at)}`)
      .text(told.deadline.text)
      .insertAfter(area)
  })

  async function mark(list) {
    const timed = frappe.boot.erp_rules_timed || []
    if (!timed.includes(list.doctype) || !list.data?.length || !list.$result) return
    const names = list.data.map((doc) => doc.name)
    const found = await frappe.xcall(METHOD, { doctype: list.doctype, names })
    list.$result.find('.erp-rules-left').remove()
    list.$result.find('.list-row-checkbox').each((_at, box) => {
      const left = found[$(box).attr('data-name')]
      if (!left) return
      $('<span class="erp-rules-left indicator-pill no-indicator-dot whitespace-nowrap mr-2">')
        .addClass(colour(left))
        .attr('title', `${left.clause}: ${frappe.datetime.str_to_user(left.due_at)}`)
        .css({ height: '20px', lineHeight: '20px', padding: '0 6px', fontSize: '11px' })
        .text(left.text)
        .prependTo($(box).closest('.list-row').find('.list-row-activity'))
    })
  }

  // A list that shows the time left keeps room for it, in place of when each document was last changed.
  const LIST = '.frappe-list .result:has(.erp-rules-left)'
  frappe.dom.set_style(
    `@media (min-width: 992px) { ${LIST} .level-left { min-width: 0; flex: 1 }
     ${LIST} .level-right { flex: 0 0 228px } ${LIST} .modified { display: none }
     ${LIST} .list-row-col .indicator-pill { padding-inline: 5px } }`,
  )

  const views = frappe.views
  if (!views?.ListView) return
  const render = views.ListView.prototype.render_list
  views.ListView.prototype.render_list = function (...given) {
    const done = render.apply(this, given)
    mark(this)
    return done
  }
  setInterval(() => {
    const is_shown = window.cur_list && frappe.get_route()[0] === 'List' && !document.hidden
    if (is_shown && cur_list.view_name === 'List') mark(cur_list)
  }, 60000)
})()
