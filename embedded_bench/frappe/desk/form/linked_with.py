"""Which Dynamic Link fields lead to which DocTypes."""

import frappe


def get_dynamic_link_map(for_delete=False):
    """Return {DocType: Dynamic Link fields through which some document leads to it}.

    The types in use are read once a request; a test or a migration reads them every time.
    """
    cached = frappe.flags.get("dynamic_link_map")
    if cached is not None and not frappe.flags.in_test:
        return cached
    links = {}
    fields = frappe.db.sql(
        """SELECT df.`parent`, df.`fieldname`, df.`options`, dt.`issingle` FROM `tabDocField` df
        JOIN `tabDocType` dt ON dt.`name` = df.`parent` WHERE df.`fieldtype` = 'Dynamic Link'
        UNION ALL
        SELECT cf.`dt`, cf.`fieldname`, cf.`options`, dt.`issingle` FROM `tabCustom Field` cf
        JOIN `tabDocType` dt ON dt.`name` = cf.`dt` WHERE cf.`fieldtype` = 'Dynamic Link'""",
        as_dict=True,
    )
    for df in fields:
        if df.issingle:
            used = [frappe.db.get_single_value(df.parent, df.options)]
        else:
            used = frappe.db.sql(f"SELECT DISTINCT `{df.options}` FROM `tab{df.parent}`", pluck=True)
        for doctype in filter(None, used):
            links.setdefault(doctype, []).append(df)
    frappe.flags.dynamic_link_map = links
    return links
