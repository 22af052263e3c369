"""Faults of the web server, and of the way to it."""

from __future__ import annotations

from wcsdiag.lab.fault import Change, Fault, change
from wcsdiag.lab.scenario import (
    TLS_PORT,
    Behaviour,
    LabApp,
    LabHost,
    LabLog,
    LabSettings,
    LabWebServer,
    Route,
    Tls,
)

_REFUSED = LabLog(failures=("java.net.ConnectException: Connection refused",) * 4)
_TIMED_OUT = LabLog(failures=("java.net.SocketTimeoutException: connect timed out",) * 4)
_READ_TIMED_OUT = LabLog(failures=("java.net.SocketTimeoutException: Read timed out",) * 4)
_HANDSHAKE = LabLog(failures=("javax.net.ssl.SSLHandshakeException",) * 4)
_SECURE_APP = LabApp(url=f"https://{{web}}:{TLS_PORT}/hooks")


def _answers(behaviour: Behaviour) -> Change:
    return change(web_server=LabWebServer(behaviour=behaviour))


def _secured(kind: Tls, *, tls13_only: bool = False) -> Change:
    web_server = LabWebServer(tls=kind, tls13_only=tls13_only)
    return change(app=_SECURE_APP, web_server=web_server, log=_HANDSHAKE)


WEB_FAULTS = (
    Fault(
        "web-server-down",
        "nothing listens on the web server's port",
        "WEB102",
        change(web_server=LabWebServer(listens=False), log=_REFUSED),
    ),
    Fault(
        "port-filtered",
        "a firewall drops what the host sends to the web server; the operator reaches it",
        "FWL101",
        change(host=LabHost(route=Route.DROPPED), log=_TIMED_OUT),
    ),
    Fault(
        "port-rejected",
        "a firewall rejects what the host sends to the web server (host-prohibited)",
        "FWL101",
        change(host=LabHost(route=Route.UNREACHABLE)),
    ),
    Fault(
        "not-found-404",
        "the web server answers 404: it has no such path",
        "WEB108",
        _answers(Behaviour.NOT_FOUND),
    ),
    Fault(
        "error-500",
        "the web server's handler fails with 500",
        "WEB108",
        _answers(Behaviour.SERVER_ERROR),
    ),
    Fault(
        "method-405",
        "the web server does not take POST",
        "WEB108",
        _answers(Behaviour.METHOD_NOT_ALLOWED),
    ),
    Fault(
        "unauthorized-401",
        "the web server wants a password that the app does not have",
        "WEB108",
        _answers(Behaviour.UNAUTHORIZED),
    ),
    Fault(
        "redirect",
        "the web server redirects to a login page",
        "WEB108",
        _answers(Behaviour.REDIRECT),
    ),
    Fault(
        "html-answer",
        "the web server answers 200 with an HTML page",
        "WEB110",
        _answers(Behaviour.HTML),
    ),
    Fault(
        "wrong-content-type",
        "the web server sends JSON as text/plain",
        "WEB109",
        _answers(Behaviour.TEXT_TYPE),
    ),
    Fault(
        "empty-answer",
        "the web server answers 200 with an empty body",
        "WEB110",
        _answers(Behaviour.EMPTY),
    ),
    Fault(
        "json-array",
        "the web server answers with a JSON array in place of an object",
        "WEB110",
        _answers(Behaviour.JSON_ARRAY),
    ),
    Fault(
        "broken-json",
        "the web server's JSON ends in the middle",
        "WEB110",
        _answers(Behaviour.NOT_JSON),
    ),
    Fault(
        "fields-lost",
        "the web server answers only one of the fields of connect",
        "WEB111",
        _answers(Behaviour.FIELDS_LOST),
    ),
    Fault(
        "too-slow",
        "the web server answers later than rest_request_timeout, here 1 s",
        "WEB112",
        change(
            web_server=LabWebServer(behaviour=Behaviour.SLOW, delay_s=1.5),
            settings=LabSettings({"rest_request_timeout": "1"}),
            log=_READ_TIMED_OUT,
        ),
    ),
    Fault(
        "closes-early",
        "the web server closes the connection without an answer",
        "WEB107",
        _answers(Behaviour.CLOSES_EARLY),
    ),
    Fault(
        "not-http",
        "what listens on the web server's port does not speak HTTP",
        "WEB107",
        _answers(Behaviour.NOT_HTTP),
    ),
    Fault(
        "tls-self-signed",
        "the web server's certificate is self-signed",
        "WEB104",
        _secured(Tls.SELF_SIGNED),
    ),
    Fault(
        "tls-expired",
        "the web server's certificate expired three days ago",
        "WEB106",
        _secured(Tls.EXPIRED),
    ),
    Fault(
        "tls-wrong-name",
        "the web server's certificate names another host",
        "WEB105",
        _secured(Tls.WRONG_NAME),
    ),
    Fault(
        "tls13-only",
        "the web server speaks TLS 1.3 alone, which WCS does not offer",
        "WEB103",
        _secured(Tls.GOOD, tls13_only=True),
    ),
    Fault(
        "hmac-mismatch",
        "WCS and the web server hold different keys for the hooks' signature",
        "WEB108",
        change(
            settings=LabSettings(
                {"rest_hook_send_hash": "true", "rest_hook_secret_key": "lab-hash-key"}
            ),
            web_server=LabWebServer(hmac_key="another-lab-hash-key", refusal=401),
        ),
    ),
)
