"""Cases 91 to 96: documents and methods over HTTP, through the site's WSGI application.

No postponed annotations here: the type checks of whitelisted functions read them as they are.
"""

import base64
import json

import frappe
import pytest

import hosts
from conformance.probes import (
    HOOKS,
    NOBODY,
    NOTE,
    ORDER,
    SUBMITTER_USER,
    SUPPLIER,
    WRITER_USER,
    app_hooks,
    hook,
    note,
    order,
    stored,
    supplier,
)

pytestmark = pytest.mark.usefixtures("committed")
RESOURCE = "/api/resource/"


def server_messages(response) -> list[str]:
    """Return the messages of a response: a JSON list of JSON texts."""
    return [json.loads(entry)["message"] for entry in json.loads(response.json["_server_messages"])]


def method(function, **options) -> str:
    """Whitelist a function and return the path of its call."""
    return "/api/method/" + hook(frappe.whitelist(**options)(function))


def test_case_091_document_calls(http):
    supplier("S1")
    http.token(SUBMITTER_USER)
    made = http.post(RESOURCE + ORDER, json={"supplier": "S1", "items": [{"item": "I1"}], "code": "c"})
    assert made.status_code == 200
    data = made.json["data"]
    assert (data["doctype"], data["code"], data["docstatus"]) == (ORDER, "c", 0)
    assert [row["item"] for row in data["items"]] == ["I1"]
    path = f"{RESOURCE}{ORDER}/{data['name']}"

    read = http.get(path)
    assert read.status_code == 200
    assert None not in read.json["data"].values()
    assert "short" not in read.json["data"]
    assert read.json["data"]["items"][0]["item"] == "I1"

    changed = http.put(path, json={"short": "s"})
    assert changed.status_code == 200
    assert (changed.json["data"]["short"], changed.json["data"]["code"]) == ("s", "c")
    assert stored(ORDER, data["name"], "short") == "s"

    missing = http.get(f"{RESOURCE}{ORDER}/nope")
    assert missing.status_code == 404
    assert missing.json["exc_type"] == "DoesNotExistError"


def test_case_091_delete_answers_202(http):
    note("N-1")
    http.token(WRITER_USER)
    gone = http.delete(f"{RESOURCE}{NOTE}/N-1")
    assert (gone.status_code, gone.json) == (202, {"data": "ok"})
    assert stored(NOTE, "N-1", "name") is None
    assert http.delete(f"{RESOURCE}{NOTE}/N-1").status_code == 404


def test_case_091_lists_give_twenty_names(http):
    for number in range(21):
        note(f"N-{number:02}", code="even" if number % 2 == 0 else "odd")
    http.token(WRITER_USER)
    rows = http.get(RESOURCE + NOTE).json["data"]
    assert len(rows) == 20
    assert rows[0] == {"name": "N-00"}
    answer = http.get(
        RESOURCE + NOTE,
        query_string={
            "fields": '["name","code"]',
            "filters": '[["code","=","odd"]]',
            "order_by": "name desc",
            "limit_page_length": 2,
        },
    )
    assert answer.json == {"data": [{"name": "N-19", "code": "odd"}, {"name": "N-17", "code": "odd"}]}
    for arguments in ({"fields": '["nosuch"]'}, {"filters": '{"nosuch": 1}'}):
        unknown = http.get(RESOURCE + NOTE, query_string=arguments)
        assert (unknown.status_code, unknown.json["exc_type"]) == (417, "DataError")
        assert server_messages(unknown) == ["Field not permitted in query: nosuch"]


@pytest.fixture
def tracebacks(committed):
    """Function that says whether answers show exceptions (a system setting); set back afterwards."""
    before = frappe.db.get_single_value("System Settings", "allow_error_traceback")

    def show(value):
        frappe.db.set_single_value("System Settings", "allow_error_traceback", value)
        frappe.db.commit()
        frappe.clear_cache()

    yield show
    frappe.set_user("Administrator")
    show(before)


def test_case_092_errors_on_the_wire(http, tracebacks):
    tracebacks(1)
    supplier("S1")
    doc = order(supplier="S1").insert()
    http.token(WRITER_USER)
    invalid = http.post(
        RESOURCE + ORDER, json={"supplier": "S1", "status": "Bogus", "items": [{"item": "I"}]}
    )
    assert invalid.status_code == 417
    assert invalid.json["exc_type"] == "ValidationError"
    assert invalid.json["exception"].startswith("frappe.exceptions.ValidationError:  Status cannot be")
    assert server_messages(invalid) == [
        ' Status cannot be "Bogus". It should be one of "Draft", "Open", "Closed"'
    ]
    refused = http.put(f"{RESOURCE}{ORDER}/{doc.name}", json={"docstatus": 1})
    assert refused.status_code == 403
    assert refused.json["exc_type"] == "PermissionError"
    assert refused.json["_error_message"] == (
        "Insufficient Permission for Probe Order (<strong>submit</strong>)"
    )
    tracebacks(0)
    again = http.post(RESOURCE + SUPPLIER, json={"supplier_name": "S1"})
    assert again.status_code == 409
    assert again.json["exc_type"] == "DuplicateEntryError"
    assert "exception" not in again.json


def test_case_093_get_is_rolled_back_post_is_committed(http):
    def probe_write(name: str):
        frappe.get_doc({"doctype": NOTE, "name": name}).insert()
        return name

    def probe_number_and_throw():
        order(supplier="S1").insert()
        frappe.throw("stop")

    supplier("S1")
    write, number = method(probe_write), method(probe_number_and_throw)
    http.token("Administrator")
    assert http.get(write, query_string={"name": "by-get"}).json == {"message": "by-get"}
    assert stored(NOTE, "by-get", "name") is None
    assert http.post(write, json={"name": "by-post"}).json == {"message": "by-post"}
    assert stored(NOTE, "by-post", "name") == "by-post"
    stopped = http.post(number)
    assert stopped.status_code == 417
    assert server_messages(stopped) == ["stop"]
    assert frappe.db.count(ORDER) == 0
    assert order(supplier="S1").insert().name.endswith("-00001")


def test_case_094_methods_and_their_arguments(http, tracebacks):
    def probe_typed(n: int, text: str = "none"):
        return [n, type(n).__name__, text]

    def probe_open():
        return "open to " + frappe.session.user

    def probe_post_only():
        return "posted"

    def probe_nothing():
        return None

    tracebacks(1)
    typed = method(probe_typed)
    assert http.get(typed, query_string={"n": 1}).status_code == 403
    http.token(NOBODY)
    assert http.get(typed, query_string={"n": "5", "unknown": "x"}).json == {"message": [5, "int", "none"]}
    assert http.post(typed, json={"n": 6, "text": "t"}).json == {"message": [6, "int", "t"]}
    assert http.post(typed, data={"n": "7"}).json == {"message": [7, "int", "none"]}
    bad = http.get(typed, query_string={"n": "many"})
    assert bad.status_code == 417
    assert bad.json["exc_type"] == "FrappeTypeError"
    assert "Argument 'n' should be of type 'int' but got 'str' instead." in bad.json["exception"]
    assert http.get(typed).status_code == 500

    post_only = method(probe_post_only, methods=["POST"])
    assert http.get(post_only).status_code == 403
    assert http.post(post_only).json == {"message": "posted"}
    assert http.get(method(probe_nothing)).json == {}

    def probe_hidden():
        return "hidden"

    assert http.get("/api/method/" + hook(probe_hidden)).status_code == 403
    assert http.get("/api/method/frappe.no_such_module.nothing").status_code == 417
    http.headers.clear()
    assert http.get(method(probe_open, allow_guest=True)).json == {"message": "open to Guest"}


def test_case_094_overridden_methods(http):
    def probe_plain():
        return "plain"

    def probe_first():
        return "first"

    def probe_last():
        return "last"

    plain = method(probe_plain)
    first, last = (method(f).removeprefix("/api/method/") for f in (probe_first, probe_last))
    http.token(NOBODY)
    assert http.get(plain).json == {"message": "plain"}
    with app_hooks(override_whitelisted_methods={f"{HOOKS}.probe_plain": [first, last]}):
        assert http.get(plain).json == {"message": "last"}


def test_case_095_token_auth(http):
    logged = "/api/method/frappe.auth.get_logged_user"
    assert http.get(logged).status_code == 403
    http.token(WRITER_USER)
    assert http.get(logged).json == {"message": WRITER_USER}
    key, _secret = http.headers["Authorization"].removeprefix("token ").split(":")
    http.headers["Authorization"] = f"token {key}:wrong"
    wrong = http.get(logged)
    assert wrong.status_code == 401
    assert wrong.json["exc_type"] == "AuthenticationError"


def test_case_095_basic_auth(http):
    logged = "/api/method/frappe.auth.get_logged_user"
    http.token(WRITER_USER)
    pair = http.headers["Authorization"].removeprefix("token ")
    for text, status in ((pair, 200), (f"{pair}x", 401)):
        http.headers["Authorization"] = f"Basic {base64.b64encode(text.encode()).decode()}"
        assert http.get(logged).status_code == status
    http.headers["Authorization"] = "Basic 1"
    undecodable = http.get(logged)
    assert undecodable.status_code == 400
    assert undecodable.json["exc_type"] == "InvalidAuthorizationToken"


def test_case_095_login_cookies_and_logout(http):
    logged = "/api/method/frappe.auth.get_logged_user"
    bad = http.post("/api/method/login", data={"usr": WRITER_USER, "pwd": "not it"})
    assert bad.status_code == 401
    assert bad.json["message"] == "Invalid login credentials"
    good = http.post("/api/method/login", data={"usr": WRITER_USER, "pwd": hosts.PASSWORD})
    assert good.status_code == 200
    assert good.json["message"] == "Logged In"
    assert good.json["full_name"] == "probe.writer"
    assert good.json["home_page"]
    cookies = {text.split("=")[0]: text for text in good.headers.getlist("Set-Cookie")}
    assert {"sid", "system_user", "full_name", "user_id"} <= set(cookies)
    assert "HttpOnly" in cookies["sid"]
    assert http.get(logged).json == {"message": WRITER_USER}
    assert http.post("/api/method/logout").status_code == 200
    assert http.get(logged).status_code == 403


def test_case_095_csrf_only_when_the_session_has_a_token(http):
    def probe_csrf_token():
        return frappe.sessions.get_csrf_token()

    def probe_change():
        return "changed"

    get_token, change = method(probe_csrf_token), method(probe_change)
    http.login(WRITER_USER)
    assert http.post(change).json == {"message": "changed"}
    token = http.get(get_token).json["message"]
    refused = http.post(change)
    assert refused.status_code == 400
    assert server_messages(refused) == ["Invalid Request"]
    assert http.get(change).json == {"message": "changed"}
    assert http.post(change, headers={"X-Frappe-CSRF-Token": token}).json == {"message": "changed"}


def test_case_096_docstatus_and_stale_documents_over_rest(http):
    supplier("S1")
    doc = order(supplier="S1").insert()
    path = f"{RESOURCE}{ORDER}/{doc.name}"
    old = str(stored(ORDER, doc.name, "modified"))
    http.token(WRITER_USER)
    assert http.put(path, json={"docstatus": 1}).status_code == 403
    assert stored(ORDER, doc.name) == 0
    assert http.put(path, json={"code": "new"}).status_code == 200
    stale = http.put(path, json={"code": "late", "modified": old})
    assert stale.status_code == 417
    assert stale.json["exc_type"] == "TimestampMismatchError"
    http.token(SUBMITTER_USER)
    submitted = http.put(path, json={"docstatus": 1})
    assert submitted.status_code == 200
    assert submitted.json["data"]["docstatus"] == 1
    assert stored(ORDER, doc.name, "code") == "new"
