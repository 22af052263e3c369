"""The stand-in web server: how it answers hooks, and how it misbehaves."""

from __future__ import annotations

import base64
import hmac
import http.client
import os
import socket
import ssl
import subprocess
from pathlib import Path

import pytest

from tests.lab.clients import Answered, as_json, on_host, post, post_hook
from tests.support import require_tool
from wcsdiag.lab.lab import Lab, open_lab, open_scenario
from wcsdiag.lab.scenario import LabWebServer, Scenario
from wcsdiag.receiver.behaviour import Behaviour


def answering(behaviour: Behaviour) -> Answered:
    with open_scenario(Scenario(web_server=LabWebServer(behaviour=behaviour))) as lab:
        return post_hook(lab)


def test_a_hook_is_answered_with_its_own_body_as_json() -> None:
    with open_lab() as lab:
        answer = post_hook(lab)
        (hook,) = lab.hooks_received
    assert answer.status == 200
    assert answer.headers["Content-Type"].startswith("application/json")
    assert as_json(answer.body) == {"appKey": "defaultApp", "sessionId": "1"}
    assert (hook.path, hook.body) == ("/hooks/connect", answer.body)


def test_curl_gets_the_same_answer() -> None:
    with open_lab() as lab:
        command = [require_tool("curl"), "-s", "-d", '{"a": 1}', f"{lab.web_server_url}/connect"]
        ran = subprocess.run(command, capture_output=True, timeout=20, check=True)
    assert as_json(ran.stdout) == {"a": 1}


@pytest.mark.parametrize(
    ("behaviour", "status"),
    [
        (Behaviour.NOT_FOUND, 404),
        (Behaviour.SERVER_ERROR, 500),
        (Behaviour.UNAUTHORIZED, 401),
        (Behaviour.FORBIDDEN, 403),
        (Behaviour.METHOD_NOT_ALLOWED, 405),
        (Behaviour.REDIRECT, 302),
        (Behaviour.ESCAPES, 500),
    ],
)
def test_it_answers_with_another_status(behaviour: Behaviour, status: int) -> None:
    assert answering(behaviour).status == status


@pytest.mark.parametrize(
    ("behaviour", "content_type", "beginning"),
    [
        (Behaviour.HTML, "text/html", b"<!DOCTYPE html>"),
        (Behaviour.TEXT_TYPE, "text/plain", b'{"appKey"'),
        (Behaviour.EMPTY, "application/json", b""),
        (Behaviour.JSON_ARRAY, "application/json", b"[]"),
        (Behaviour.NOT_JSON, "application/json", b'{"appKey": '),
        (Behaviour.FIELDS_LOST, "application/json", b'{"appKey": "defaultApp"}'),
    ],
)
def test_it_answers_200_with_something_else(
    behaviour: Behaviour, content_type: str, beginning: bytes
) -> None:
    answer = answering(behaviour)
    assert answer.status == 200
    assert answer.headers["Content-Type"].split(";")[0] == content_type
    assert answer.body.startswith(beginning)
    assert bool(answer.body) == bool(beginning)


def test_escapes_and_invalid_utf_8_arrive_as_they_are() -> None:
    body = answering(Behaviour.ESCAPES).body
    assert b"\x1b[2J" in body
    assert b"\xff\xfe" in body


def test_a_redirect_names_a_place() -> None:
    assert answering(Behaviour.REDIRECT).headers["Location"] == "/login"


def test_it_may_close_early() -> None:
    with pytest.raises(http.client.RemoteDisconnected):
        answering(Behaviour.CLOSES_EARLY)


def test_it_may_not_speak_http() -> None:
    with pytest.raises(http.client.BadStatusLine):
        answering(Behaviour.NOT_HTTP)


def hook_socket(lab: Lab) -> socket.socket:
    connection = socket.create_connection((lab.addresses.web_server, 9091), timeout=10)
    connection.sendall(b"POST /hooks/connect HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}")
    return connection


def test_a_slow_answer_is_not_there_at_once_and_does_not_hold_up_the_end() -> None:
    spec = LabWebServer(behaviour=Behaviour.SLOW, delay_s=60)
    with open_scenario(Scenario(web_server=spec)) as lab, hook_socket(lab) as connection:
        connection.settimeout(0.2)
        with pytest.raises(TimeoutError):
            connection.recv(1)


def test_a_dripping_answer_comes_in_single_bytes() -> None:
    spec = LabWebServer(behaviour=Behaviour.DRIP)
    with open_scenario(Scenario(web_server=spec)) as lab, hook_socket(lab) as connection:
        seen = b""
        while b"\r\n\r\n" not in seen:
            seen += connection.recv(4096)
        head, _, body = seen.partition(b"\r\n\r\n")
        assert b"Content-Length: 2" in head
        assert len(body) < 2


def test_a_huge_answer_goes_on_until_the_client_leaves() -> None:
    spec = LabWebServer(behaviour=Behaviour.HUGE)
    with open_scenario(Scenario(web_server=spec)) as lab, hook_socket(lab) as connection:
        taken = 0
        while taken < 2_000_000:
            taken += len(connection.recv(65536))


def test_basic_authentication_lets_only_the_apps_user_in() -> None:
    with open_lab(variant="basic-auth") as lab:
        address, (app,) = lab.addresses.web_server, lab.scenario.apps
        password = f"{app.rest_username}:{app.rest_password}".encode()
        header = {"Authorization": "Basic " + base64.b64encode(password).decode()}
        assert post(address, 9091).status == 401
        assert post(address, 9091, headers=header).status == 200


def test_the_signature_of_a_hook_is_verified() -> None:
    body = b'{"appKey": "defaultApp"}'
    with open_lab(variant="hmac-signed") as lab:
        key = lab.scenario.settings.flashphoner["rest_hook_secret_key"]
        digest = hmac.new(key.encode(), body, "md5").hexdigest()
        address, header = lab.addresses.web_server, {"Authorization": f"WCS {digest}"}
        assert post(address, 9091, body=body, headers=header).status == 200
        assert post(address, 9091, body=body + b" ", headers=header).status == 403
        assert post(address, 9091, body=body).status == 403
    with open_lab("hmac-mismatch") as lab:
        assert post(lab.addresses.web_server, 9091, body=body, headers=header).status == 401


def test_a_trusted_certificate_is_trusted_while_the_lab_is_open_and_no_longer() -> None:
    before = os.environ.get("SSL_CERT_FILE")
    with open_lab(variant="tls") as lab, open_lab(variant="tls") as other:
        for one in (lab, other):
            context = ssl.create_default_context()
            assert post(one.addresses.web_server, 9443, tls=context).status == 200
        ran = on_host(lab, f"curl -sS -d '{{}}' {lab.web_server_url}/connect")
        assert ran.stdout == "{}", ran.stderr
        file = os.environ["SSL_CERT_FILE"]
    assert os.environ.get("SSL_CERT_FILE") == before
    assert not Path(file).exists()


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ("tls-self-signed", "self-signed certificate"),
        ("tls-expired", "certificate has expired"),
        ("tls-wrong-name", "not valid for"),
    ],
)
def test_another_certificate_is_refused_for_its_reason(fault: str, reason: str) -> None:
    with open_lab(fault) as lab, pytest.raises(ssl.SSLCertVerificationError, match=reason):
        post(lab.addresses.web_server, 9443, tls=ssl.create_default_context())


def test_tls13_only_refuses_tls12() -> None:
    with open_lab("tls13-only") as lab:
        context = ssl.create_default_context()
        assert post(lab.addresses.web_server, 9443, tls=context).status == 200
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        with pytest.raises(ssl.SSLError, match=r"(?i)protocol.version"):
            post(lab.addresses.web_server, 9443, tls=context)


def test_wcs_answers_its_echo_app_where_the_generation_has_it() -> None:
    with open_lab() as lab:
        public = lab.addresses.public
        assert post(public, 8081, "/apps/EchoApp/connect").status == 200
        assert post(public, 8081, "/EchoApp/connect").status == 404
    with open_lab(variant="wcs-with-manager") as lab:
        assert post(lab.addresses.private, 9091, "/EchoApp/connect").status == 200
        assert post(lab.addresses.private, 9091, "/apps/EchoApp/connect").status == 404


def test_a_web_server_that_is_down_refuses_connections() -> None:
    with open_lab("web-server-down") as lab, pytest.raises(ConnectionRefusedError):
        post_hook(lab)
