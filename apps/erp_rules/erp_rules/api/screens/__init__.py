"""What the screens under /erp call. Each function checks permission first and takes names, never field values."""

from erp_rules.api.rules import act
from erp_rules.api.screens.countdowns import countdowns
from erp_rules.api.screens.desk import boot, find_documents, meta, search_link, set_language
from erp_rules.api.screens.documents import (
    add_comment,
    attachment,
    begin,
    bulk_act,
    common_actions,
    document,
    timeline,
)
from erp_rules.api.screens.inbox import decision, inbox, requests
from erp_rules.api.screens.lists import (
    count,
    export_list,
    export_report,
    remove_view,
    report_filters,
    run_report,
    save_view,
    saved_views,
)
from erp_rules.api.screens.overview import overview
from erp_rules.api.screens.ways import answer, countersign, pass_on, remind, return_to, withdraw

__all__ = [
    "act",
    "add_comment",
    "answer",
    "attachment",
    "begin",
    "boot",
    "bulk_act",
    "common_actions",
    "count",
    "countdowns",
    "countersign",
    "decision",
    "document",
    "export_list",
    "export_report",
    "find_documents",
    "inbox",
    "meta",
    "overview",
    "pass_on",
    "remind",
    "remove_view",
    "report_filters",
    "requests",
    "return_to",
    "run_report",
    "save_view",
    "saved_views",
    "search_link",
    "set_language",
    "timeline",
    "withdraw",
]
