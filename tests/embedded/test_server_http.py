"""The server over HTTP: sessions, CSRF, lockout, tokens, files, pages, concurrent writers."""

from __future__ import annotations

import threading

import pytest

import hosts

pytestmark = pytest.mark.skipif(hosts.is_bench(), reason="tests the embedded bench's own server")
ADMIN = "Administrator"


@pytest.fixture
def client(site):
    """Return a function that makes a browser of its own: a Werkzeug client with cookies."""
    import frappe.app
    from werkzeug.test import Client

    frappe.app._site, frappe.app._sites_path = site.name, site.sites_path

    def make():
        return Client(frappe.app.application)

    return make


@pytest.fixture
def person(db, unique):
    """Return a committed desk user with a password."""
    from frappe.utils.password import update_password

    email = f"{unique('p').lower()}@demo.example"
    user = db.get_doc(doctype="User", email=email, first_name="Pat", send_welcome_email=0, enabled=1)
    user.append("roles", {"role": "System Manager"})
    user.insert(ignore_permissions=True)
    update_password(user.name, "a good Password 1")
    db.db.commit()
    yield user.name
    db.db.rollback()


@pytest.fixture(autouse=True)
def _apart(request):
    """Requests run in threads of their own: `frappe.local` here stays the test's."""
    yield


def call(client, method, path, **options):
    """Send a request from a thread of its own, as a server does."""
    out = {}

    def run():
        options.setdefault("headers", {}).setdefault("Accept", "application/json")
        out["response"] = client.open(path, method=method, **options)
        out["response"].get_data()

    thread = threading.Thread(target=run)
    thread.start()
    thread.join(60)
    return out["response"]


def login(client, user, password="a good Password 1"):
    return call(client, "POST", "/api/method/login", json={"usr": user, "pwd": password})


def test_login_sets_cookies_and_logout_ends_the_session(client, person):
    browser = client()
    answer = login(browser, person)
    assert (answer.status_code, answer.json["message"]) == (200, "Logged In")
    sid = next(h for h in answer.headers.getlist("Set-Cookie") if h.startswith("sid="))
    assert "HttpOnly" in sid and "SameSite=Lax" in sid and "Max-Age=612000" in sid
    who = "/api/method/frappe.auth.get_logged_user"
    assert call(browser, "GET", who).json == {"message": person}
    old = browser.get_cookie("sid").value
    assert call(browser, "POST", "/api/method/logout").status_code == 200
    thief = client()
    thief.set_cookie("sid", old)
    assert call(thief, "GET", who).status_code == 403


def test_login_ignores_a_session_id_chosen_by_others(client, person):
    browser = client()
    browser.set_cookie("sid", "chosen-by-an-attacker")
    login(browser, person)
    assert browser.get_cookie("sid").value != "chosen-by-an-attacker"


@pytest.mark.parametrize("password", ["wrong", "x" * 600, ""])
def test_wrong_password_is_401_and_logged(client, db, person, password):
    answer = login(client(), person, password)
    assert answer.status_code == 401
    assert answer.json["exc_type"] == "AuthenticationError"
    assert "sid" not in {
        h.split("=")[0] for h in answer.headers.getlist("Set-Cookie") if "Max-Age=0" not in h
    }
    db.db.rollback()
    assert db.db.count("Activity Log", {"full_name": person, "status": "Failed"}) == 1


def test_login_needs_post(client, person):
    answer = call(client(), "GET", f"/api/method/login?usr={person}&pwd=a good Password 1")
    assert answer.status_code == 403


def test_account_is_locked_after_failures_and_opens_again(client, db, person):
    browser = client()
    statuses = [login(browser, person, "wrong").status_code for _ in range(11)]
    assert statuses == [401] * 10 + [429]
    assert login(browser, person).status_code == 429
    db.cache.hdel("login_failed", person)
    assert login(browser, person).status_code == 200


def test_disabled_user_is_out_at_once(client, db, person):
    browser = client()
    login(browser, person)
    db.db.set_value("User", person, "enabled", 0)
    db.db.commit()
    assert call(browser, "GET", "/api/method/frappe.auth.get_logged_user").status_code == 403
    assert login(browser, person).status_code == 401


def test_session_expires(client, db, person):
    browser = client()
    login(browser, person)
    sid = browser.get_cookie("sid").value
    stored = db.cache.hget("session", sid)
    db.cache.hset("session", sid, {**stored, "last_updated": "2020-01-01 00:00:00"})
    assert call(browser, "GET", "/api/method/frappe.auth.get_logged_user").status_code == 403
    assert not db.db.sql("select 1 from `tabSessions` where `sid`=%s", (sid,))


def test_session_outlives_the_cache(client, db, person):
    browser = client()
    login(browser, person)
    db.cache.delete_value("session")
    assert call(browser, "GET", "/api/method/frappe.auth.get_logged_user").json == {"message": person}


def test_csrf_token_is_asked_for_once_issued(client, db, person, monkeypatch):
    # The page hands out the token whether or not this copy's screens are built.
    monkeypatch.setattr("erp_rules.www.erp._built_files", lambda: {"script": "/main.js", "styles": []})
    browser = client()
    login(browser, person)
    todo = {"description": "a"}
    assert call(browser, "POST", "/api/resource/ToDo", json=todo).status_code == 200
    page = call(browser, "GET", "/erp", headers={"Accept": "text/html"}).get_data(as_text=True)
    token = page.split('window.csrf_token = "')[1].split('"')[0]
    refused = call(browser, "POST", "/api/resource/ToDo", json=todo)
    assert (refused.status_code, refused.json["exc_type"]) == (400, "CSRFTokenError")
    accepted = call(browser, "POST", "/api/resource/ToDo", json=todo, headers={"X-Frappe-CSRF-Token": token})
    assert accepted.status_code == 200
    assert call(browser, "GET", "/api/resource/ToDo").status_code == 200


def test_tokens(client, db, person):
    user = db.get_doc("User", person)
    user.api_key, user.api_secret = "key-" + person, "a-secret"
    user.save(ignore_permissions=True)
    db.db.commit()
    pair = f"key-{person}:a-secret"
    who = "/api/method/frappe.auth.get_logged_user"
    assert call(client(), "GET", who, headers={"Authorization": f"token {pair}"}).json == {"message": person}
    for header in (f"token key-{person}:wrong", "token nobody:x", "token :", "Basic !!", "Bearer x"):
        assert call(client(), "GET", who, headers={"Authorization": header}).status_code in (400, 401)


def test_get_is_rolled_back_and_post_committed(client, db, person):
    browser = client()
    login(browser, person)
    answer = call(browser, "POST", "/api/resource/ToDo", json={"description": "kept", "assigned_by": person})
    name = answer.json["data"]["name"]
    path = f"/api/method/frappe.client.set_value?doctype=ToDo&name={name}&fieldname=description&value=x"
    assert call(browser, "GET", path).status_code == 403
    db.db.rollback()
    assert db.db.get_value("ToDo", name, "description") == "kept"
    gone = call(browser, "DELETE", f"/api/resource/ToDo/{name}")
    assert gone.status_code == 202, gone.json
    assert call(browser, "GET", f"/api/resource/ToDo/{name}").status_code == 404


def test_errors_carry_no_traceback(client):
    for path in (
        "/api/method/frappe.nosuch.thing",
        "/api/method/os.system",
        "/api/resource/ToDo",
        "/api/nowhere",
    ):
        answer = call(client(), "GET", path)
        assert answer.status_code in (403, 404, 417)
        assert "Traceback" not in answer.get_data(as_text=True)
    page = call(client(), "GET", "/no-such-page", headers={"Accept": "text/html"})
    assert page.status_code == 404 and "Traceback" not in page.get_data(as_text=True)


@pytest.mark.parametrize(
    "path",
    [
        "/assets/erp_rules/../hooks.py",
        "/assets/erp_rules/%2e%2e/hooks.py",
        "/assets/erp_rules/..%2fhooks.py",
        "/assets/os/path.py",
        "/assets/erp_rules/",
        "/files/../../site_config.json",
        "/files/%2e%2e/%2e%2e/site_config.json",
        "/files/..%2f..%2fprivate/files/x",
        "/private/files/../../site_config.json",
        "/private/files/%2e%2e/%2e%2e/site_config.json",
        "/../site_config.json",
        "/login.py",
        "/templates/base.html",
    ],
)
def test_paths_do_not_lead_out(client, person, path):
    browser = client()
    login(browser, person)
    answer = call(browser, "GET", path, headers={"Accept": "text/html"})
    assert answer.status_code in (403, 404)
    assert "db_name" not in answer.get_data(as_text=True)


def test_private_files_need_permission(client, db, person, unique):
    import io

    browser, other = client(), client()
    login(browser, person)
    upload = {"file": (io.BytesIO(b"secret"), "a note.txt"), "is_private": "1"}
    answer = call(browser, "POST", "/api/method/upload_file", data=upload)
    assert answer.status_code == 200
    url = answer.json["message"]["file_url"]
    assert url.startswith("/private/files/")
    assert call(browser, "GET", url).get_data() == b"secret"
    assert call(other, "GET", url).status_code == 403
    stranger = db.get_doc(
        doctype="User",
        email=f"{unique('s').lower()}@demo.example",
        first_name="S",
        send_welcome_email=0,
        enabled=1,
    ).insert(ignore_permissions=True)
    from frappe.utils.password import update_password

    update_password(stranger.name, "a good Password 1")
    db.db.commit()
    login(other, stranger.name)
    assert call(other, "GET", url).status_code == 403


def test_uploaded_pages_are_downloaded_not_shown(client, db, person):
    import io

    browser = client()
    login(browser, person)
    upload = {"file": (io.BytesIO(b"<script>1</script>"), "page.html"), "is_private": "0"}
    url = call(browser, "POST", "/api/method/upload_file", data=upload).json["message"]["file_url"]
    answer = call(browser, "GET", url)
    assert answer.status_code == 200
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_guest_may_not_upload(client):
    import io

    answer = call(client(), "POST", "/api/method/upload_file", data={"file": (io.BytesIO(b"x"), "x.txt")})
    assert answer.status_code == 403


def test_login_page_in_both_languages_with_safe_redirect(client):
    english = call(client(), "GET", "/login", headers={"Accept": "text/html", "Accept-Language": "en"})
    chinese = call(client(), "GET", "/login", headers={"Accept": "text/html", "Accept-Language": "zh-CN,zh"})
    assert "Password" in english.get_data(as_text=True)
    assert "密码" in chinese.get_data(as_text=True)
    for target in ("https://evil.example", "//evil.example", "/\\evil.example", "javascript:alert(1)"):
        page = call(
            client(), "GET", "/login", query_string={"redirect-to": target}, headers={"Accept": "text/html"}
        )
        assert '"redirect_to": ""' in page.get_data(as_text=True)


def test_guest_is_led_to_the_login_page(client):
    answer = call(client(), "GET", "/app/todo", headers={"Accept": "text/html"})
    assert answer.status_code == 302
    assert answer.headers["Location"].endswith("/login?redirect-to=/app/todo")


def test_concurrent_writers_wait_and_do_not_fail(client, db, person):
    browsers = [client() for _ in range(6)]
    for browser in browsers:
        login(browser, person)
    results = []

    def write(browser, number):
        for turn in range(5):
            body = {"description": f"writer {number} turn {turn}"}
            results.append(browser.post("/api/resource/ToDo", json=body).status_code)
            results.append(browser.get("/api/resource/ToDo?limit=5").status_code)

    threads = [threading.Thread(target=write, args=pair) for pair in zip(browsers, range(6), strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert results == [200] * 60
    db.db.rollback()
    assert db.db.count("ToDo", {"description": ["like", "writer % turn %"], "owner": person}) == 30


def test_assets_are_compressed_and_known_again(client):
    import gzip

    path = "/assets/erp_rules/erp.webmanifest"
    plain = call(client(), "GET", path)
    packed = call(client(), "GET", path, headers={"Accept-Encoding": "gzip"})
    assert packed.headers["Content-Type"].startswith("application/manifest+json")
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.get_data()) == plain.get_data()
    again = {"Accept-Encoding": "gzip", "If-None-Match": packed.headers["ETag"]}
    assert call(client(), "GET", path, headers=again).status_code == 304


def test_pages_of_the_app(client, person):
    guest, browser = client(), client()
    html = {"Accept": "text/html"}
    answer = call(guest, "GET", "/erp/list/supplier", headers=html)
    assert (answer.status_code, answer.headers["Location"]) == (301, "/login?redirect-to=/erp/list/supplier")
    assert "no-store" in answer.headers["Cache-Control"]
    login(browser, person)
    assert call(browser, "GET", "/", headers=html).status_code == 302
    worker = call(browser, "GET", "/erp-worker.js", headers=html)
    assert worker.status_code == 200
    assert worker.headers["Content-Type"].startswith("application/javascript")
