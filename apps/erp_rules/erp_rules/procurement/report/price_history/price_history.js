frappe.query_reports["Price History"] = {
  filters: [
    { fieldname: "item", label: __("Item"), fieldtype: "Link", options: "Item" },
    { fieldname: "supplier", label: __("Supplier"), fieldtype: "Link", options: "Supplier" },
    {
      fieldname: "price_kind",
      label: __("Price Kind"),
      fieldtype: "Select",
      options: "\nPurchase\nSubcontract",
    },
    { fieldname: "operation", label: __("Operation"), fieldtype: "Data" },
    { fieldname: "as_of", label: __("As of"), fieldtype: "Date" },
  ],
};
