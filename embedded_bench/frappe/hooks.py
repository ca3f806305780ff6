"""What the framework itself hooks into documents and permissions."""

app_name = "frappe"

permission_query_conditions = {
    "File": "frappe.core.doctype.file.file.get_permission_query_conditions",
    "Notification Log": "frappe.desk.doctype.notification_log.notification_log.get_permission_query_conditions",
    "ToDo": "frappe.desk.doctype.todo.todo.get_permission_query_conditions",
    "User": "frappe.core.doctype.user.user.get_permission_query_conditions",
    "Workflow Action": "frappe.workflow.doctype.workflow_action.workflow_action.get_permission_query_conditions",
}

has_permission = {
    "File": "frappe.core.doctype.file.file.has_permission",
    "ToDo": "frappe.desk.doctype.todo.todo.has_permission",
    "User": "frappe.core.doctype.user.user.has_permission",
    "Workflow Action": "frappe.workflow.doctype.workflow_action.workflow_action.has_permission",
}

_process_workflow = "frappe.workflow.doctype.workflow_action.workflow_action.process_workflow_actions"
_attach_files = "frappe.core.doctype.file.file.attach_files_to_document"

doc_events = {
    "*": {
        "on_update": [_process_workflow, _attach_files],
        "on_cancel": [_process_workflow],
        "on_trash": [_process_workflow],
        "on_update_after_submit": [_process_workflow, _attach_files],
    },
}

ignore_links_on_delete = ["Access Log", "Activity Log", "Comment", "DocShare", "File", "Notification Log"]
ignore_links_on_delete += ["ToDo", "Version", "View Log", "Workspace"]

scheduler_events = {"daily": ["frappe.sessions.clear_expired_sessions"]}
