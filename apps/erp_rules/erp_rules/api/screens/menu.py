"""QAD's menu numbers, which people know by heart, and where each leads now (chapter 7)."""

MENU_NUMBERS: dict[str, tuple[str, ...]] = {
    "Supplier": ("2.3.1",),
    "Supplier Survey": ("2.3.1",),
    "Item Supplier Price": ("1.19", "1.10.2.1"),
    "Price Approval": ("1.19", "1.10.2.1"),
    "Item": ("1.4.9",),
    "Purchase Requisition": ("5.1.4", "5.1.16"),
    "Ordering": ("5.1.16", "5.7"),
    "Purchase Order": ("5.7", "5.7.5", "5.10", "5.7.4"),
    "Purchase Change Order": ("5.7.4",),
    "Item Change Request": ("1.4.9",),
    "Counting": ("5.12",),
    "Purchase Receipt": ("5.12", "5.13", "5.13.5", "5.16"),
    "Purchase Return": ("5.13.7",),
    "Purchase Receipts Report": ("5.13.5", "5.16"),
}

# Screens of their own: name, module, and the permission that its user needs for which document.
PAGES = (
    ("Ordering", "Procurement", "Purchase Order", "create"),
    ("Counting", "Procurement", "Purchase Receipt", "create"),
    ("Importing", "Procurement", "Material Plan", "create"),
    ("Evidence Check", "Procurement", "Purchase Order", "read"),
)

# What an administrator changes without code, with Frappe's own DocTypes.
ADMIN_DOCTYPES = (
    "Custom Field",
    "Property Setter",
    "Workflow",
    "Workflow State",
    "Workflow Action Master",
    "User",
    "User Permission",
    "Role Profile",
    "Notification",
    "Error Log",
)
