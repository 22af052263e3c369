"""Secrets at every place where there can be one: none of them is ever shown, in any form."""

from __future__ import annotations

import base64
import contextlib
import html
import json
import subprocess
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote, quote_plus
from xml.sax.saxutils import escape

import pytest

from tests.e2e.program import FORMATS, Program, finish, on_lab
from wcsdiag.lab.execution import Commands
from wcsdiag.lab.lab import Lab, open_scenario
from wcsdiag.lab.scenario import LabApp, LabSettings, Scenario
from wcsdiag.lab.web_server import WebSite
from wcsdiag.receiver.reply import Reply

# Each has characters that URL, JSON, shell, XML and HTML write otherwise.
SSH_PASSWORD = 'canary-ssh/"a\\b+c d'
CLI_PASSWORD = 'canary-cli/"a&b<c>d'
REST_PASSWORD = "canary-rest/a+b&c"
HMAC_KEY = "canary-hmac/a+b&c"
SIP_PASSWORD = "canary-sip/a+b&c"
AUTH_TOKEN = "canary-token/a+b&c"
ERROR_TOKEN = "canary-error/a+b&c"
TRUST_STORE = "canary-truststore/a+b"
DATABASE = "canary-database/a+b&c"
USERINFO = "canary-userinfo"
CONFIG = "canary-config/a+b&c"
QUERY_TOKEN = "canary-query-a"
SECRETS = (
    *(SSH_PASSWORD, CLI_PASSWORD, REST_PASSWORD, HMAC_KEY, SIP_PASSWORD, AUTH_TOKEN, ERROR_TOKEN),
    *(TRUST_STORE, DATABASE, USERINFO, CONFIG, QUERY_TOKEN),
)

PLUGIN = """
from wcsdiag.model import passed
from wcsdiag.registry import Observations, check
from wcsdiag.target import Target


@check("HKS950", "It breaks with secrets in its traceback")
def breaks(target: Target) -> Observations:
    '''It does.'''
    told = target.cli_password.reveal(), target.ssh_password
    raise ValueError(f"password={told[0]} {told} {told[0]!r}")
    yield passed("never")
"""
NO_PLUGIN = """
import os
raise RuntimeError(
    f"cannot log in as admin:{os.environ['WCSDIAG_CLI_PASSWORD']} {os.environ!r}"
)
"""


def forms(secret: str) -> set[bytes]:
    """What a secret looks like: as it is, URL-encoded, JSON-escaped, in base64 at any place."""
    written = {secret, quote(secret), quote(secret, safe=""), quote_plus(secret)}
    written |= {json.dumps(secret)[1:-1], json.dumps(json.dumps(secret)[1:-1])[1:-1]}
    written |= {escape(secret), html.escape(secret)}
    found = {form.encode() for form in written}
    for before in range(3):
        encoded = base64.b64encode(b"x" * before + secret.encode())
        found.add(encoded[-(-before * 8 // 6) : (before + len(secret)) * 8 // 6])
    return found


def shown(output: bytes) -> list[bytes]:
    """The canaries in an output, also where a line was broken in one."""
    joined = b"".join(output.split())
    return [
        form
        for secret in SECRETS
        for form in forms(secret)
        if form in output or b"".join(form.split()) in joined
    ]


def test_every_form_of_a_canary_is_found() -> None:
    for secret in SECRETS:
        basic = base64.b64encode(f"user:{secret}".encode())
        assert shown(b"<" + basic + b">")
        assert shown(json.dumps({"a": secret}).encode())
        assert shown(quote(secret).encode())
    assert not shown(b"canary")


def error_lines() -> bytes:
    at = time.strftime("%H:%M:%S").encode()
    record = at + b",500 ERROR           RestClient - API-ASYNC-pool-1-thread-1 "
    body = json.dumps({"sipPassword": SIP_PASSWORD, "authToken": AUTH_TOKEN}).encode()
    url = f"http://hooks:{USERINFO}@web/hooks?token={QUERY_TOKEN}".encode()
    return b"".join(
        (
            record + b"SEND REST OBJECT ==>\nURL:" + url + b"\nOBJECT:\n" + body + b"\n",
            record + b"Got exception in REST \njava.net.ConnectException: " + url + b" refused\n",
            record + b"cannot register sipPassword=" + SIP_PASSWORD.encode() + b", gone\n",
            record + b"bad login authToken: " + ERROR_TOKEN.encode() + b"\n",
            record + b"login as a with password: " + ERROR_TOKEN.encode() + b"\n",
            record + b"java.io.IOException: restPassword=" + ERROR_TOKEN.encode() + b"\n",
            record + b"refused " + body + b"\n",
            record + b"sent Authorization: Basic " + basic() + b"\n",
        )
    )


def basic() -> bytes:
    return base64.b64encode(f"hooks:{REST_PASSWORD}".encode())


def echoes_the_header(_site: WebSite, _path: str, authorization: str, body: bytes) -> Reply:
    told = f"{authorization} {body!r} {authorization.partition(' ')[2]}\n"
    headers = {"Content-Type": "text/plain", "X-Seen": authorization, "Location": "/" + told[:-1]}
    return Reply(500, headers, told.encode())


APPS = (
    LabApp(rest_username="hooks", rest_password=REST_PASSWORD),
    LabApp("other", "other", f"http://hooks:{USERINFO}@{{web}}:9091/x?token={QUERY_TOKEN}"),
)
HASHED = {
    "rest_hook_send_hash": "true",
    "rest_hook_secret_key": HMAC_KEY,
    "sip_password": SIP_PASSWORD,
}
JVM = (
    f"-Djavax.net.ssl.trustStorePassword={TRUST_STORE}",
    f"-Dhttp.proxyHost=proxy -Dhttp.proxyPassword={TRUST_STORE}",
)


@contextlib.contextmanager
def nest(home: Path, *, hashed: bool, password: str = CLI_PASSWORD) -> Iterator[Program]:
    """The program, with canaries wherever the lab, the config file and plugins can hold one."""
    settings = LabSettings(HASHED if hashed else {"sip_password": SIP_PASSWORD}, jvm=JVM)
    with open_scenario(Scenario(apps=APPS, settings=settings)) as lab:
        plant(lab)
        checks = home / "loose"
        checks.mkdir()
        (checks / "breaks.py").write_text(PLUGIN)
        (checks / "absent.py").write_text(NO_PLUGIN)
        config = home / "config.toml"
        config.write_text(
            f"[defaults]\ncli-password = {json.dumps(CONFIG)}\n"
            f"ssh-password = {json.dumps(SSH_PASSWORD)}\n"
        )
        config.chmod(0o600)
        program = on_lab(lab, home, password=password)
        options = ("--checks-dir", str(checks), "--config", str(config), "--verbose")
        yield replace(program, options=(*program.options, *options))


def plant(lab: Lab) -> None:
    """Canaries in the files of the host."""
    with lab.log.open("ab") as log:
        log.write(error_lines())
    with (lab.home / "conf/database.yml").open("a") as database:
        database.write(f"users:\n- {{name: admin, password: '{DATABASE}'}}\n")
        database.write(f"  \tbroken: [password: {DATABASE}\n")


@pytest.fixture(autouse=True)
def _known_password(monkeypatch: pytest.MonkeyPatch) -> None:
    """The lab's CLI takes the canary, and its web server repeats what it was sent."""
    monkeypatch.setattr("wcsdiag.lab.lab.secrets.token_hex", lambda _: CLI_PASSWORD)
    monkeypatch.setattr(WebSite, "answer", echoes_the_header)


@pytest.mark.parametrize("hashed", [True, False], ids=["HMAC", "Basic"])
@pytest.mark.parametrize("debug", ["--debug", "--no-debug"])
def test_no_format_shows_a_secret(debug: str, *, hashed: bool, tmp_path: Path) -> None:
    with nest(tmp_path, hashed=hashed) as program:
        running = [program.start("all", "--format", name, debug) for name in FORMATS]
        ended = [finish(process) for process in running]

    for each in ended:
        assert each.code == 4
        assert b"HKS950" in each.out
        assert b"absent.py" in each.out
        assert shown(each.out) == []
        assert shown(each.err) == []
        assert (each.err != b"") == (debug == "--debug")


def test_a_wrong_password_is_not_shown_either(tmp_path: Path) -> None:
    with nest(tmp_path, hashed=True, password=CONFIG) as program:
        ended = program.run("all", "--debug")

    assert b"URL101" in ended.out
    assert shown(ended.out + ended.err) == []


@pytest.mark.parametrize("name", FORMATS)
def test_no_file_holds_a_secret(name: str, tmp_path: Path) -> None:
    file = tmp_path / "report"

    with nest(tmp_path, hashed=False) as program:
        ended = program.run("all", "--format", name, "--output", str(file))

    assert shown(file.read_bytes()) == []
    assert shown(ended.out + ended.err) == []


@pytest.mark.parametrize(
    "arguments",
    [("checks",), ("checks", "--format", "json"), ("explain", "HKS950"), ("explain", "NOPE")],
    ids=" ".join,
)
def test_a_plugin_shows_no_secret_where_nothing_is_run(
    arguments: tuple[str, ...], tmp_path: Path
) -> None:
    (tmp_path / "breaks.py").write_text(PLUGIN)
    (tmp_path / "absent.py").write_text(NO_PLUGIN)
    variables = {
        "WCSDIAG_CLI_PASSWORD": CLI_PASSWORD,
        "WCSDIAG_SSH_PASSWORD": SSH_PASSWORD,
        "WCSDIAG_CHECKS_DIR": str(tmp_path),
    }

    ended = Program(tmp_path, (), variables).run(*arguments)

    assert b"Traceback" not in ended.err
    assert shown(ended.out + ended.err) == []


def test_no_secret_is_in_the_arguments_of_a_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    commands: list[bytes] = []
    begin = Commands._begin

    def noted(self: Commands, command: bytes) -> subprocess.Popen[bytes] | None:
        commands.append(command)
        return begin(self, command)

    monkeypatch.setattr(Commands, "_begin", noted)
    with nest(tmp_path, hashed=True) as program:
        process = program.start("all")
        own = Path(f"/proc/{process.pid}/cmdline").read_bytes()
        finish(process)

    assert len(commands) > 5
    assert shown(own) == []
    assert shown(b"\n".join(commands)) == []
