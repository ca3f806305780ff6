frappe.query_reports["Prices Ending Soon"] = {
  filters: [
    { fieldname: "days", label: __("Days"), fieldtype: "Int", default: 30 },
    { fieldname: "as_of", label: __("As of"), fieldtype: "Date" },
    { fieldname: "item", label: __("Item"), fieldtype: "Link", options: "Item" },
    { fieldname: "supplier", label: __("Supplier"), fieldtype: "Link", options: "Supplier" },
    { fieldname: "show_expired", label: __("Show Expired"), fieldtype: "Check", default: 1 },
  ],
};
