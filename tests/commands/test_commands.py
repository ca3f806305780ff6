"""`./erp`: what it does right, and that wrong use ends with one clear line, exit code 2 and nothing half made."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import closing
from pathlib import Path

import pytest

from commands import config as settings
from commands import testing
from hosts import ROOT, free_port

FIRST_START_SECONDS = 180
SECOND_START_SECONDS = 3


def environment(**extra: str) -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("ERP_", "PYTEST_"))}
    kept.pop("PYTHONPATH", None)
    return {**kept, **extra}


def erp(*arguments: str, **extra: str) -> subprocess.CompletedProcess:
    """Run a command to its end."""
    return subprocess.run(
        [sys.executable, str(ROOT / "erp"), *arguments],
        cwd=ROOT,
        env=environment(**extra),
        capture_output=True,
        text=True,
        timeout=300,
        stdin=subprocess.DEVNULL,
    )


def refused(*arguments: str, **extra: str) -> str:
    """Run a command that must be refused and return its one line."""
    done = erp(*arguments, **extra)
    lines = [line for line in done.stderr.splitlines() if line.strip()]
    assert done.returncode == 2, done.stderr
    assert len(lines) == 1, done.stderr
    assert done.stdout == ""
    assert lines[0].startswith("erp: ")
    return lines[0]


@pytest.fixture
def small(tmp_path):
    """A settings file for a site without the demo company, in a folder of its own; returns file and port."""
    port = free_port()
    file = tmp_path / "bench.config.json"
    file.write_text(
        json.dumps({"site": "small.localhost", "demo_company": False, "server": {"port": port, "threads": 2}})
    )
    return file, port


def start(file: Path) -> subprocess.Popen:
    return subprocess.Popen(
        [sys.executable, str(ROOT / "erp"), "start", "--config", str(file), "--no-screens"],
        cwd=ROOT,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        stdin=subprocess.DEVNULL,
    )


def wait_until_served(process: subprocess.Popen, port: int, seconds: float) -> float:
    """Wait until the server answers and return after how many seconds; fail with what it printed."""
    begun = time.monotonic()
    while time.monotonic() - begun < seconds:
        if process.poll() is not None:
            pytest.fail(f"it ended with {process.returncode}:\n{process.stdout.read()}")
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/api/method/ping", timeout=2) as answer:
                assert json.load(answer) == {"message": "pong"}
                return time.monotonic() - begun
        except OSError:
            time.sleep(0.05)
    process.kill()
    pytest.fail(f"no answer after {seconds} s:\n{process.stdout.read()}")


def stop(process: subprocess.Popen) -> str:
    process.send_signal(signal.SIGTERM)
    out, _ = process.communicate(timeout=60)
    return out


# --- wrong use ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("strat",), "There is no command 'strat'"),
        (("start", "--prot", "1"), "--prot"),
        (("start", "--port", "x"), "'x' is not a valid integer"),
        (("start", "--port", "70000"), "must be a whole number from 1 to 65535"),
        (("start", "--site", "../x"), '"site"'),
        (("start", "--config", "/no/such/file.json"), "no such file"),
        (("test", "nonsense"), "There is no part 'nonsense'"),
        (("test", "--site", "x.localhost"), "--bench PATH"),
        (("test", "--bench", "/no/bench"), "is not a Frappe bench"),
        (("demo", "--bench", "/no/bench", "--site", "x"), "is not a Frappe bench"),
        (("install",), "--bench"),
        (("install", "--bench", "/no/bench", "--site", "x"), "is not a Frappe bench"),
    ],
)
def test_wrong_use_is_one_line(arguments, says):
    assert says in refused(*arguments)


def test_no_command_shows_the_commands():
    done = erp()
    assert done.returncode == 2
    assert all(f"\n  {name} " in done.stdout for name in ("start", "demo", "test", "install"))


def test_help_is_no_error():
    done = erp("--help")
    assert done.returncode == 0
    assert "Usage: ./erp" in done.stdout


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ('{"prot": 1}', 'unknown key "prot"'),
        ('{"server": {"prot": 1}}', 'unknown key "prot" in "server"'),
        ('{"server": {"port": "8080"}}', '"port" in "server" is "8080"'),
        ('{"server": {"port": true}}', '"port" in "server" is true'),
        ('{"server": {"threads": 0}}', "whole number from 1 to 64"),
        ('{"server": 8080}', '"server" must be an object'),
        ('{"database": {"type": "oracle"}}', '"sqlite" or "mariadb"'),
        ('{"demo_company": "yes"}', "true or false"),
        ('{"redis": "localhost"}', "redis://host:port"),
        ('{"site": "a/b"}', '"site"'),
        ('{"app": "no_such_app"}', "no folder"),
        ('{"frappe_version": "16.0"}', '"15.41"'),
        ("[]", "the file must be an object"),
        ('{"site": "x",}', "line 1, column"),
    ],
)
def test_bad_settings_are_one_line(content, says, tmp_path):
    file = tmp_path / "mine.json"
    file.write_text(content)
    with pytest.raises(settings.UsageProblem) as problem:
        settings.load(file)
    line = str(problem.value)
    assert line.startswith("mine.json: ")
    assert says in line
    assert "\n" not in line


def test_bad_settings_end_the_command(tmp_path):
    file = tmp_path / "mine.json"
    file.write_text('{"prot": 1}')
    assert 'unknown key "prot"' in refused("start", "--config", str(file))
    assert sorted(p.name for p in tmp_path.iterdir()) == ["mine.json"]


def test_settings_have_their_documented_defaults(tmp_path):
    file = tmp_path / "mine.json"
    file.write_text("{}")
    found = settings.load(file)
    assert (found.site, found.host, found.port, found.threads) == ("erp.localhost", "127.0.0.1", 8080, 8)
    assert (found.database.type, found.redis, found.demo_company) == ("sqlite", None, True)
    assert found.sites_path == tmp_path / "sites"


def test_every_setting_is_documented():
    text = (ROOT / "docs" / "bench-config.md").read_text(encoding="utf-8")
    documented = set(re.findall(r"^\| `([a-z_.]+)` \|", text, re.M))
    known = set()
    for key, rule in settings.SCHEMA.items():
        known |= {f"{key}.{inner}" for inner in rule} if isinstance(rule, dict) else {key}
    assert documented == known


def test_taken_port_is_one_line_and_makes_nothing(small, tmp_path):
    file, port = small
    with closing(socket.socket()) as other:
        other.bind(("127.0.0.1", port))
        other.listen()
        line = refused("start", "--config", str(file), "--no-screens")
    assert f"Port {port} on 127.0.0.1" in line
    assert f"--port {port + 1}" in line
    assert sorted(p.name for p in tmp_path.iterdir()) == ["bench.config.json"]


def test_database_that_does_not_answer(tmp_path):
    file = tmp_path / "mine.json"
    database = {"type": "mariadb", "port": free_port()}
    file.write_text(json.dumps({"database": database, "server": {"port": free_port()}}))
    assert "MariaDB does not answer" in refused("start", "--config", str(file))


def test_redis_that_does_not_answer(tmp_path):
    file = tmp_path / "mine.json"
    redis = f"redis://127.0.0.1:{free_port()}"
    file.write_text(json.dumps({"redis": redis, "server": {"port": free_port()}}))
    assert "Redis does not answer" in refused("start", "--config", str(file))


@pytest.mark.parametrize(("older", "newer"), [("1.2.0", "1.10.0"), ("0.9", "1.0.0"), ("1.0.0", "1.0.1")])
def test_versions_are_compared_by_number(older, newer):
    from commands.cli import version_key

    assert version_key(older) < version_key(newer)
    assert version_key("1.2.0-dev") == version_key("1.2.0")


# --- the life of a site ---------------------------------------------------------------------------------


def test_killed_first_start_then_start_then_fast_start_then_newer_site(small, tmp_path):
    file, port = small
    sites = tmp_path / "sites"

    killed = start(file)
    building = sites / ".building-small.localhost"
    until = time.monotonic() + 60
    while not any(building.glob("*/*.db")) and not any(building.glob("*/**/site_config.json")):
        assert killed.poll() is None, killed.stdout.read()
        assert time.monotonic() < until
        time.sleep(0.02)
    time.sleep(0.3)
    killed.kill()
    killed.wait(30)
    killed.stdout.close()
    assert not (
        sites / "small.localhost"
    ).exists(), "a killed start must not leave a site that looks complete"

    process = start(file)
    wait_until_served(process, port, FIRST_START_SECONDS)
    assert not building.exists()
    second = erp("start", "--config", str(file), "--port", str(free_port()))
    assert second.returncode == 2
    assert "being served already" in second.stderr
    out = stop(process)
    assert process.returncode == 0, out
    assert f"http://127.0.0.1:{port}" in out
    assert "Administrator's password: " in out

    process = start(file)
    seconds = wait_until_served(process, port, 60)
    stop(process)
    print(f"second start answered after {seconds:.1f} s")
    assert seconds < SECOND_START_SECONDS * 3, "aim: below 3 s on an idle machine"

    state_file = sites / "small.localhost" / "erp_start.json"
    assert state_file.stat().st_mode & 0o077 == 0, "it holds passwords"
    state = json.loads(state_file.read_text())
    state["app_version"] = "99.0.0"
    state_file.write_text(json.dumps(state))
    before = sorted(str(p) for p in sites.rglob("*") if p.is_file())
    line = refused("start", "--config", str(file), "--no-screens")
    assert "99.0.0" in line
    assert "newer" in line
    assert sorted(str(p) for p in sites.rglob("*") if p.is_file()) == before


def test_folder_that_is_no_site(small, tmp_path):
    file, _port = small
    (tmp_path / "sites" / "small.localhost").mkdir(parents=True)
    assert "is not a site" in refused("start", "--config", str(file), "--no-screens")


def test_a_run_on_a_bench_takes_every_test_file_once():
    folders = ("acceptance", "conformance", "browser")
    wanted = sorted(path for name in folders for path in (ROOT / "tests" / name).rglob("test_*.py"))
    shares = testing._shares(folders)
    assert len(shares) == 2 and len(wanted) > 40
    assert sorted(path for share in shares for path in share) == wanted
