"""What each HTTP status that is no 200 means as an answer to `connect`, and what mends it."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urljoin

from wcsdiag.hooks.exchange import Exchange
from wcsdiag.model import Fix
from wcsdiag.net.probe import Answer, Authorization
from wcsdiag_checks.web_server_seen import Seen, change_url, sent_with

Explanation = tuple[str, Fix]
"""A summary and what mends it."""

_TLS_PORT_WORDS = (b"plain HTTP request was sent to HTTPS port", b"speaking plain HTTP to an SSL")
_GATEWAY = {
    502: "the proxy in front got no proper answer from the application",
    503: "the web server calls itself unavailable: overloaded, in maintenance, no application",
    504: "the proxy in front waited too long for the application",
}


def explain(one: Seen, exchange: Exchange) -> Explanation:
    """Why an answer with a status other than 200 and 403 is a fault, with this target's values."""
    status = exchange.status or 0
    if status in _BY_STATUS:
        return _BY_STATUS[status](one, exchange)
    if 200 < status < 300:
        return _other_success(exchange)
    if 300 <= status < 400:
        return _redirect(one, exchange)
    if status >= 500:
        return _server_error(exchange)
    return (
        f"connect was answered with {status}; WCS takes 200 alone as consent",
        Fix(f"Let the web server answer POST {exchange.url} with 200 and the hook's own JSON."),
    )


def request_again(exchange: Exchange) -> str:
    """A command that sends a like hook, to see the answer with one's own eyes."""
    return (
        f"curl -i -H 'Content-Type: application/json' -H 'X-Wcsdiag-Probe: synthetic'"
        f' -d \'{{"appKey":"synthetic"}}\' {exchange.url}'
    )


def _bad_request(one: Seen, exchange: Exchange) -> Explanation:
    answer = one.probe.answer
    if answer and any(words in answer.body for words in _TLS_PORT_WORDS):
        secure = one.subject.replace("http://", "https://", 1)
        return (
            "the port expects https, and the REST URL says http",
            change_url(one, secure, "In the WCS CLI, let the REST URL say https:"),
        )
    return (
        "connect was answered with 400: the web server does not accept the hook's JSON",
        Fix(
            f"See in the application's log why it refuses the body of POST {exchange.url}: a strict"
            " parser that knows not all fields, a limit, or a proxy in front.",
            (request_again(exchange),),
        ),
    )


def _unauthorized(one: Seen, _exchange: Exchange) -> Explanation:
    challenge = _header(one.probe.answer, "WWW-Authenticate")
    asked = f" ({challenge})" if challenge else ""
    names = [app.name for app in one.url.apps] or ["APP"]
    commands = tuple(f"update app -u REST_USER -p REST_PASSWORD {name}" for name in names)
    if one.probe.authorization is Authorization.BASIC:
        return (
            f"401{asked}: the web server refuses the {sent_with(one)}",
            Fix(
                "In the WCS CLI, give the app the user and the password that the web server knows:",
                commands,
            ),
        )
    if one.probe.authorization is Authorization.HASH:
        return (
            f"401{asked}: the web server does not accept {sent_with(one)}",
            Fix(
                "Compare rest_hook_secret_key in conf/flashphoner.properties with the key that the"
                " web server checks the hash with; if it wants a login instead, exempt the path of"
                " the hooks.",
            ),
        )
    return (
        f"401{asked}: the web server wants a login, and {one.app_names} has no REST user",
        Fix(
            "Let the web server take hooks without a login, or give the app a REST user in the WCS"
            " CLI:",
            commands,
        ),
    )


def _not_found(_one: Seen, exchange: Exchange) -> Explanation:
    return (
        f"404: the web server has nothing at {exchange.url}",
        Fix(
            "WCS appends /connect to the REST URL. Let the application handle that path, or correct"
            " the path in the app's REST URL.",
            (request_again(exchange),),
        ),
    )


def _method_not_allowed(one: Seen, exchange: Exchange) -> Explanation:
    allowed = _header(one.probe.answer, "Allow")
    text = f", only {allowed}" if allowed else ""
    return (
        f"405: the web server takes no POST at this path{text}",
        Fix(
            f"Let the application handle POST {exchange.url}; static files answer like this.",
            (request_again(exchange),),
        ),
    )


def _other_success(exchange: Exchange) -> Explanation:
    return (
        f"connect was answered with {exchange.status}; WCS takes 200 alone as consent",
        Fix(
            f"Let the application answer POST {exchange.url} with 200 and the hook's own JSON as"
            f" the body, not with {exchange.status}.",
        ),
    )


def _redirect(one: Seen, exchange: Exchange) -> Explanation:
    location = _header(one.probe.answer, "Location")
    if not location:
        summary = f"connect was answered with a redirect ({exchange.status}) without a target"
        return summary, Fix("Let the application answer the hook itself, with 200.")
    goal = urljoin(exchange.url, location)
    summary = f"connect was redirected ({exchange.status}) to {goal}; that is no 200"
    path, _, _ = goal.partition("?")
    if path.rstrip("/").endswith("/connect"):
        base = path.rstrip("/").removesuffix("/connect")
        return summary, change_url(one, base, "In the WCS CLI, name the target itself as REST URL:")
    return summary, Fix(
        "Exempt the path of the hooks from the redirect (a login page, or a canonical host)."
    )


def _server_error(exchange: Exchange) -> Explanation:
    status = exchange.status or 500
    reason = _GATEWAY.get(status, "the application failed while it handled the hook")
    return (
        f"connect was answered with {status}: {reason}",
        Fix(
            "See the web server's and the application's log at the time of this run.",
            (request_again(exchange),),
        ),
    )


def _header(answer: Answer | None, name: str) -> str:
    return (answer.header(name) or "") if answer else ""


_BY_STATUS: dict[int, Callable[[Seen, Exchange], Explanation]] = {
    400: _bad_request,
    401: _unauthorized,
    404: _not_found,
    405: _method_not_allowed,
}
