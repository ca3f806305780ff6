frappe.query_reports["Quote Comparison"] = {
  filters: [
    { fieldname: "price_approval", label: __("Price Approval"), fieldtype: "Link", options: "Price Approval" },
    { fieldname: "item", label: __("Item"), fieldtype: "Link", options: "Item" },
    { fieldname: "supplier", label: __("Supplier"), fieldtype: "Link", options: "Supplier" },
    { fieldname: "from_date", label: __("From Date"), fieldtype: "Date" },
    { fieldname: "to_date", label: __("To Date"), fieldtype: "Date" },
  ],
};
