from erp_rules import __version__

app_name = "erp_rules"
app_title = "ERP Rules"
app_publisher = "ERP Rules contributors"
app_description = "A purchasing, subcontracting and payables regulation, enforced clause by clause"
app_email = "erp-rules@example.com"
app_license = "mit"

# Installation
# ------------

before_install = "erp_rules.install.before_install"
after_install = "erp_rules.install.after_install"
after_sync = "erp_rules.install.after_sync"
after_migrate = "erp_rules.install.after_migrate"
before_uninstall = "erp_rules.install.before_uninstall"

fixtures = [
    "Role",
    "Workflow State",
    "Workflow Action Master",
    {"dt": "Custom Field", "filters": [["module", "=", "Rule Engine"]]},
]

# The regulation
# --------------

rule_chapters = [
    "erp_rules.clauses.chapter_1",
    "erp_rules.clauses.chapter_2",
    "erp_rules.clauses.chapter_4_1",
    "erp_rules.clauses.chapter_4_2",
    "erp_rules.clauses.chapter_4_3",
    "erp_rules.clauses.chapter_4_4",
    "erp_rules.clauses.chapter_4_5",
    "erp_rules.clauses.chapter_4_6",
    "erp_rules.clauses.chapter_4_7",
    "erp_rules.clauses.chapter_5",
    "erp_rules.clauses.chapter_7",
    "erp_rules.clauses.chapter_7_imports",
]
rule_seeds = ["erp_rules.masters.install.seed"]
rule_facts = {
    "Delivery Notice": "erp_rules.procurement.receipt_facts.delivery_notice",
    "Material Ledger Entry": "erp_rules.ledger.entries.material_ledger_entry",
    "Over Delivery": "erp_rules.procurement.receipt_facts.over_delivery",
    "Purchase Receipt": "erp_rules.procurement.receipt_facts.purchase_receipt",
    "Purchase Return": "erp_rules.procurement.receipt_facts.purchase_return",
    "Delegation": "erp_rules.rule_engine.facts.delegation",
    "Rule": "erp_rules.rule_engine.facts.rule",
    "Rule Waiver": "erp_rules.rule_engine.facts.rule_waiver",
    "Working Calendar": "erp_rules.rule_engine.facts.working_calendar",
    "Foreign Exchange Settlement": "erp_rules.procurement.import_facts.foreign_exchange_settlement",
    "Import Container": "erp_rules.procurement.import_facts.import_container",
    "Item": "erp_rules.masters.facts.item",
    "Item Change Request": "erp_rules.masters.facts.item_change_request",
    "Item Supplier Price": "erp_rules.procurement.facts.item_supplier_price",
    "Material Plan": "erp_rules.procurement.order_facts.material_plan",
    "Price Approval": "erp_rules.procurement.facts.price_approval",
    "Engineering Change Notice": "erp_rules.procurement.change_facts.engineering_change_notice",
    "Purchase Change Order": "erp_rules.procurement.change_facts.purchase_change_order",
    "Purchase Order": "erp_rules.procurement.order_facts.purchase_order",
    "Purchase Requisition": "erp_rules.procurement.order_facts.purchase_requisition",
    "Supplier": "erp_rules.masters.facts.supplier",
    "Supplier Evaluation": "erp_rules.procurement.supplier_facts.supplier_evaluation",
    "Supplier Status Change": "erp_rules.masters.facts.supplier_status_change",
    "Supplier Survey": "erp_rules.procurement.supplier_facts.supplier_survey",
    "Supplier Visit": "erp_rules.procurement.supplier_facts.supplier_visit",
}
rule_effects = {
    "Purchase Receipt": [
        "erp_rules.procurement.receipt_effects.post_receipt",
        "erp_rules.procurement.receipt_effects.follow_notice",
        "erp_rules.procurement.receipt_effects.tell_purchasers",
        "erp_rules.procurement.import_effects.compare_container",
    ],
    "Purchase Return": [
        "erp_rules.procurement.receipt_effects.draft_return_order",
        "erp_rules.procurement.receipt_effects.post_return",
        "erp_rules.procurement.receipt_effects.tell_about_return",
    ],
    "Foreign Exchange Settlement": ["erp_rules.procurement.import_effects.tell_about_settlement"],
    "Import Container": [
        "erp_rules.procurement.import_effects.announce_goods",
        "erp_rules.procurement.import_effects.tell_about_container",
    ],
    "Item Change Request": ["erp_rules.masters.effects.apply_item_change"],
    "Material Plan": ["erp_rules.procurement.order_effects.tell_about_plan"],
    "Price Approval": [
        "erp_rules.procurement.effects.sign_for_another",
        "erp_rules.procurement.effects.begin_change",
        "erp_rules.procurement.effects.confirmation_answered",
        "erp_rules.procurement.effects.withdraw_change",
        "erp_rules.procurement.effects.post_prices",
        "erp_rules.procurement.effects.open_cost_task",
        "erp_rules.procurement.effects.follow_changes",
        "erp_rules.procurement.order_effects.price_waiting_orders",
    ],
    "Engineering Change Notice": ["erp_rules.procurement.change_effects.tell_about_notice"],
    "Purchase Change Order": [
        "erp_rules.procurement.change_effects.increase_quantity",
        "erp_rules.procurement.change_effects.decrease_quantity",
        "erp_rules.procurement.change_effects.change_item",
        "erp_rules.procurement.change_effects.change_date",
        "erp_rules.procurement.change_effects.cancel_order",
        "erp_rules.procurement.change_effects.change_price",
        "erp_rules.procurement.change_effects.change_supplier",
        "erp_rules.procurement.change_effects.follow_telling",
        "erp_rules.procurement.change_effects.tell_about_change",
    ],
    "Purchase Order": [
        "erp_rules.procurement.order_effects.follow_requisitions",
    ],
    "Purchase Requisition": [
        "erp_rules.procurement.order_effects.ask_sales_coordinator",
        "erp_rules.procurement.order_effects.tell_about_requisition",
    ],
    "Supplier Evaluation": [
        "erp_rules.procurement.supplier_effects.carry_out_evaluation",
        "erp_rules.procurement.supplier_effects.plan_visit",
    ],
    "Supplier Status Change": ["erp_rules.masters.effects.tell_inspectors"],
    "Supplier Survey": [
        "erp_rules.procurement.supplier_effects.approve_supplier",
        "erp_rules.procurement.supplier_effects.confirm_parts",
    ],
}

# Waivers of the document that this field names hold for what is made on the strength of it, too.
waivers_follow = {"Purchase Order": ["change_order"]}

# What is locked before a document is acted on: the orders that receipts and returns share.
rule_locks = {
    "Purchase Change Order": ["erp_rules.procurement.change_orders.lock_order_of_change"],
    "Foreign Exchange Settlement": ["erp_rules.procurement.settlements.lock_orders_of_settlement"],
    "Import Container": ["erp_rules.procurement.containers.lock_orders_of_container"],
    "Purchase Receipt": ["erp_rules.procurement.receiving.lock_orders_of_receipt"],
    "Purchase Return": ["erp_rules.procurement.returning.lock_orders_of_return"],
}

# What documents say was received, accepted and returned of an order row; added up over all of them.
order_row_totals = ["erp_rules.procurement.receipt_facts.order_row_totals"]

# Screens
# -------

decision_facts = {
    "Engineering Change Notice": "erp_rules.procurement.change_decisions.engineering_change_notice",
    "Foreign Exchange Settlement": "erp_rules.procurement.import_decisions.foreign_exchange_settlement",
    "Import Container": "erp_rules.procurement.import_decisions.import_container",
    "Item Change Request": "erp_rules.masters.decisions.item_change_request",
    "Price Approval": "erp_rules.procurement.price_decisions.price_approval",
    "Purchase Change Order": "erp_rules.procurement.change_decisions.purchase_change_order",
    "Purchase Order": "erp_rules.procurement.order_decisions.purchase_order",
    "Purchase Receipt": "erp_rules.procurement.receipt_decisions.purchase_receipt",
    "Purchase Return": "erp_rules.procurement.receipt_decisions.purchase_return",
    "Purchase Requisition": "erp_rules.procurement.order_decisions.purchase_requisition",
    "Supplier Evaluation": "erp_rules.procurement.supplier_decisions.supplier_evaluation",
    "Supplier Survey": "erp_rules.procurement.supplier_decisions.supplier_survey",
}

# What can be begun with the values of a document: the new document, the words for the button, its first values.
beginnings = {
    "Import Container": ["erp_rules.procurement.import_drafts.settlement_of_container"],
    "Purchase Order": [
        "erp_rules.procurement.change_drafts.change_order",
        "erp_rules.procurement.import_drafts.container",
        "erp_rules.procurement.import_drafts.settlement_of_order",
    ],
    "Purchase Receipt": ["erp_rules.procurement.return_drafts.rejected_goods"],
    "Over Delivery": [
        "erp_rules.procurement.return_drafts.goods_kept_apart",
        "erp_rules.procurement.change_drafts.goods_kept_apart",
    ],
}

# What is recorded on a document beside its workflow, each with a button of its own.
further_steps = {
    "Over Delivery": ["erp_rules.procurement.taking_over.steps"],
    "Purchase Change Order": ["erp_rules.procurement.telling.steps"],
    "Purchase Return": ["erp_rules.procurement.return_finder.steps"],
}

# Forms that are handed out with the number of their copy, the first of them when none is named.
numbered_forms = {
    "Engineering Change Notice": ["erp_rules.procurement.numbered_forms.ENGINEERING_CHANGE_NOTICE"],
    "Foreign Exchange Settlement": ["erp_rules.procurement.numbered_forms.FOREIGN_EXCHANGE_SETTLEMENT"],
    "Import Container": ["erp_rules.procurement.numbered_forms.IMPORT_CONTAINER"],
    "Item Change Request": ["erp_rules.masters.numbered_forms.ITEM_CHANGE_REQUEST"],
    "Price Approval": ["erp_rules.procurement.numbered_forms.PRICE_APPROVAL"],
    "Purchase Change Order": ["erp_rules.procurement.numbered_forms.PURCHASE_CHANGE_ORDER"],
    "Purchase Order": ["erp_rules.procurement.numbered_forms.PURCHASE_ORDER"],
    "Purchase Receipt": ["erp_rules.procurement.numbered_forms.PURCHASE_RECEIPT"],
    "Purchase Return": ["erp_rules.procurement.numbered_forms.PURCHASE_RETURN"],
    "Supplier Survey": ["erp_rules.procurement.numbered_forms.SUPPLIER_SURVEY"],
}

# Enforcement
# -----------

doc_events = {
    "*": {
        event: "erp_rules.rule_engine.enforcement.enforce"
        for event in (
            "before_validate",
            "validate",
            "before_update_after_submit",
            "before_cancel",
            "before_rename",
            "on_trash",
            "after_delete",
            "on_update",
            "on_update_after_submit",
            "on_cancel",
        )
    }
}

# Lists show nothing that could not be opened.
permission_query_conditions = {"*": "erp_rules.rule_engine.listing.condition"}
has_permission = {
    doctype: "erp_rules.rule_engine.listing.may_open"
    for doctype in (
        "Approval Step",
        "Approval Task",
        "Deadline",
        "Material Ledger Entry",
        "Printed Copy",
        "Record Snapshot",
        "Rule Event",
        "Rule Waiver",
    )
}

# Answers carry no field that the user may not read.
after_request = ["erp_rules.rule_engine.answers.hide_fields"]

override_doctype_class = {"File": "erp_rules.rule_engine.attachments.AttachedFile"}

# Records about a document do not keep its draft from being deleted; they stay.
ignore_links_on_delete = [
    "Rule Event",
    "Approval Step",
    "Approval Task",
    "Deadline",
    "Printed Copy",
    "Rule Waiver",
    "Workflow Action",
]

override_whitelisted_methods = {
    "frappe.client.get_count": "erp_rules.api.desk_queries.get_count",
    "frappe.desk.query_report.run": "erp_rules.api.desk_queries.run_report",
    "frappe.desk.search.search_link": "erp_rules.api.desk_queries.search_link",
    "frappe.desk.search.search_widget": "erp_rules.api.desk_queries.search_widget",
    "frappe.utils.global_search.search": "erp_rules.api.desk_queries.global_search",
    "frappe.utils.print_format.download_pdf": "erp_rules.api.prints.download_pdf",
    "frappe.utils.print_format.download_multi_pdf": "erp_rules.api.prints.download_multi_pdf",
    "frappe.model.workflow.apply_workflow": "erp_rules.rule_engine.workflow.apply_workflow",
    "frappe.model.workflow.bulk_workflow_approval": "erp_rules.rule_engine.workflow.bulk_workflow_approval",
    "frappe.model.workflow.get_transitions": "erp_rules.rule_engine.workflow.get_transitions",
    "frappe.workflow.doctype.workflow_action.workflow_action.apply_action": (
        "erp_rules.rule_engine.workflow.refuse_mail_link"
    ),
    "frappe.workflow.doctype.workflow_action.workflow_action.confirm_action": (
        "erp_rules.rule_engine.workflow.refuse_mail_link"
    ),
}

# Scheduler
# ---------

scheduler_events = {
    "daily": [
        "erp_rules.procurement.price_expiry.tell_purchasers",
        "erp_rules.procurement.orders.price_waiting_daily",
        "erp_rules.procurement.evidence.delivering.remove_old",
    ],
    "weekly": ["erp_rules.procurement.long_term.tell_of_uncovered"],
    "cron": {
        "*/5 * * * *": [
            "erp_rules.rule_engine.deadlines.run_due",
            "erp_rules.rule_engine.waivers.expire",
        ]
    },
}

# Screens
# -------

# The version in the address makes browsers fetch the scripts of a new release.
app_include_js = [
    f"/assets/erp_rules/js/form_guidance.js?v={__version__}",
    f"/assets/erp_rules/js/workflow_reason.js?v={__version__}",
    f"/assets/erp_rules/js/approval_ways.js?v={__version__}",
    f"/assets/erp_rules/js/further_steps.js?v={__version__}",
    f"/assets/erp_rules/js/numbered_copies.js?v={__version__}",
    f"/assets/erp_rules/js/bulk_reason.js?v={__version__}",
    f"/assets/erp_rules/js/link_filters.js?v={__version__}",
    f"/assets/erp_rules/js/time_left.js?v={__version__}",
    f"/assets/erp_rules/js/evidence_pack.js?v={__version__}",
    f"/assets/erp_rules/js/report_numbers.js?v={__version__}",
    f"/assets/erp_rules/js/translated_values.js?v={__version__}",
]
extend_bootinfo = [
    "erp_rules.api.forms.add_menu_numbers",
    "erp_rules.api.forms.add_governed",
    "erp_rules.api.forms.add_currency",
]

website_route_rules = [{"from_route": "/erp/<path:app_path>", "to_route": "erp"}]
add_to_apps_screen = [
    {"name": "erp_rules", "title": "ERP Rules", "route": "/erp", "logo": "/assets/erp_rules/images/icon.svg"}
]
