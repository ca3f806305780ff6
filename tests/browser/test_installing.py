"""The screens on a phone's home screen: what a browser asks before it offers to put them there."""

from __future__ import annotations

import json

import screen_server
from screen_sizes import PHONE

import hosts


def test_a_phone_may_install_the_screens(chromium, address, tmp_path):
    # A context that forgets everything may install nothing: this person has a browser of their own.
    with screen_server.own_browser(chromium, tmp_path, PHONE) as context:
        screen_server.log_in(context, address, hosts.who("Purchaser"))
        page = context.new_page()
        page.goto(f"{address}/erp")
        page.evaluate("navigator.serviceWorker.ready.then(() => true)")
        page.reload()
        page.wait_for_load_state("networkidle")
        tools = context.new_cdp_session(page)
        manifest = tools.send("Page.getAppManifest")
        assert not manifest["errors"]
        assert tools.send("Page.getInstallabilityErrors")["installabilityErrors"] == []
        told = json.loads(manifest["data"])
        assert (told["id"], told["start_url"], told["scope"], told["display"]) == (
            "/erp", "/erp", "/erp", "standalone",
        )  # fmt: skip
        purposes = {icon["purpose"]: icon for icon in told["icons"]}
        assert {"any", "maskable"} == set(purposes)
        for icon in told["icons"]:
            answer = page.request.get(address + icon["src"])
            assert answer.ok and answer.headers["content-type"].startswith(icon["type"])


def test_without_a_connection_the_shell_opens_and_says_so(chromium, address, tmp_path):
    with screen_server.own_browser(chromium, tmp_path, PHONE) as context:
        screen_server.log_in(context, address, hosts.who("Purchaser"))
        page = context.new_page()
        page.goto(f"{address}/erp")
        page.evaluate("navigator.serviceWorker.ready.then(() => true)")
        page.reload()
        page.wait_for_load_state("networkidle")
        context.set_offline(True)
        page.reload()
        page.get_by_text("No connection").wait_for()
