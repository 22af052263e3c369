"""Group WEB, web server: what the answer to `connect` contains."""

from __future__ import annotations

from collections.abc import Callable

from wcsdiag.facts.installation import Installation
from wcsdiag.facts.probes import WebServerProbes
from wcsdiag.hooks.contract import Flaw, Violation, judge
from wcsdiag.hooks.exchange import Exchange
from wcsdiag.model import (
    Evidence,
    Finding,
    Fix,
    NotApplicable,
    Unavailable,
    Undetermined,
    failed,
    passed,
    undetermined,
    warned,
)
from wcsdiag.registry import Observations, check
from wcsdiag.wcs.generation import Generation
from wcsdiag_checks.web_server_seen import WRONG_URL, Seen, answered
from wcsdiag_checks.web_server_status import request_again

_EXCERPT = 300
_NO_OBJECT = {
    Flaw.EMPTY: "the answer to connect has no body",
    Flaw.HTML: "the answer to connect is an HTML page",
    Flaw.NOT_JSON: "the answer to connect is not JSON",
    Flaw.NOT_OBJECT: "the answer to connect is JSON, but not an object",
}


@check(
    "WEB109",
    "The answer to connect has Content-Type application/json",
    explained_by=(*WRONG_URL, "WEB110"),
)
def content_type(probes: WebServerProbes) -> Observations:
    """Without this header WCS cannot parse the answer, however right its body is.

    Fix
    ---
    Set the header in the application; for a static answer in Apache httpd or nginx::

        AddType application/json .json
        default_type application/json;
    """
    for one, exchange in _with_200(probes):
        shown = exchange.content_type or "no Content-Type header"
        evidence = one.evidence(f"Content-Type: {shown}" if exchange.content_type else shown)
        if not _find(exchange, Flaw.CONTENT_TYPE):
            yield passed(f"the Content-Type is {shown}", evidence, subject=one.subject)
            continue
        yield failed(
            f"the Content-Type of the answer to connect is not application/json: {shown}",
            evidence,
            subject=one.subject,
            fix=Fix(
                f"Let the application answer {exchange.url} with Content-Type: application/json.",
                (request_again(exchange),),
            ),
        )


@check("WEB110", "The answer to connect is a JSON object", explained_by=WRONG_URL)
def json_object(probes: WebServerProbes) -> Observations:
    """WCS reads the client's data from the answer: an HTML page or nothing at all gives it none.

    Fix
    ---
    The simplest right answer is the body of the hook itself, unchanged. In PHP::

        header('Content-Type: application/json');
        echo file_get_contents('php://input');
    """
    for one, exchange in _with_200(probes):
        yield _object(one, exchange)


def _object(one: Seen, exchange: Exchange) -> Finding | Undetermined:
    evidence = one.evidence((exchange.answer_text or "").strip()[:_EXCERPT] or "an empty body")
    if _find(exchange, Flaw.TOO_LARGE):
        reason = "the answer to connect is larger than wcsdiag reads, and was cut"
        return undetermined(
            reason,
            evidence,
            subject=one.subject,
            fix=Fix("Answer with the hook's own JSON: it has a few hundred bytes."),
        )
    flaw = next((each for each in judge(exchange) if each.flaw in _NO_OBJECT), None)
    if flaw is None:
        return passed("the answer to connect is a JSON object", evidence, subject=one.subject)
    fix = Fix(
        f"Let the application answer POST {exchange.url} with the JSON that it got.",
        (request_again(exchange),),
    )
    summary = _NO_OBJECT[flaw.flaw]
    packed = _encoding(one)
    if packed and flaw.flaw is Flaw.NOT_JSON:
        summary = f"the answer to connect is packed ({packed}), which the hook did not ask for"
    return failed(summary, evidence, subject=one.subject, fix=fix)


@check(
    "WEB111",
    "The fields of connect come back in the answer",
    explained_by=(*WRONG_URL, "WEB110"),
)
def fields_come_back(
    probes: WebServerProbes, installation: Installation | Unavailable
) -> Observations:
    """The web server must return all fields that it received, changed where it wants to.

    A backend with fixed models returns only the fields that it knows; the session then lacks the
    others. `nodeId`, `sessionId` and `appKey` cannot be redefined. That rule is documented for WCS
    5.1 and later; an answer documented for WCS with Manager (4, 5.0) holds SIP fields alone, so
    lost fields only warn there.

    Fix
    ---
    Start from the JSON that came in, change what is to be changed, and answer with all of it. In
    JavaScript with Express::

        app.post('/connect', express.json(), (req, res) => res.json(req.body));
    """
    judged = [(one, each) for one, each in _with_200(probes) if not _has_no_object(each)]
    if not judged:
        raise Unavailable("there is no JSON object in the answer", because="WEB110")
    is_rule = (
        isinstance(installation, Unavailable)
        or installation.generation is Generation.WITHOUT_MANAGER
    )
    for one, exchange in judged:
        yield _fields(one, exchange, failed if is_rule else warned)


def _fields(one: Seen, exchange: Exchange, say: Callable[..., Finding]) -> Finding:
    evidence = one.evidence((exchange.answer_text or "").strip()[:_EXCERPT])
    sent = Evidence(", ".join(exchange.request), "the fields of the hook that was sent")
    fix = Fix(
        "Answer with all the fields that came in: start from the hook's JSON, then change it.",
        (request_again(exchange),),
    )
    lost = _find(exchange, Flaw.LOST_FIELDS)
    if lost:
        summary = f"fields of connect do not come back: {lost.detail}"
        return say(summary, evidence, sent, subject=one.subject, fix=fix)
    changed = _find(exchange, Flaw.FIXED_FIELDS)
    if changed:
        summary = f"fields that cannot be redefined come back changed: {changed.detail}"
        return warned(summary, evidence, sent, subject=one.subject, fix=fix)
    config = [each.detail for each in judge(exchange) if each.flaw is Flaw.CLIENT_CONFIG]
    if config:
        summary = f"restClientConfig in the answer may not be understood: {'; '.join(config)}"
        return warned(summary, evidence, subject=one.subject, fix=fix)
    return passed("all fields of connect come back", evidence, sent, subject=one.subject)


def _with_200(probes: WebServerProbes) -> tuple[tuple[Seen, Exchange], ...]:
    those = tuple(
        (one, one.exchange)
        for one in answered(probes)
        if one.exchange and one.exchange.status == 200
    )
    if not those and all(one.exchange and one.exchange.status == 403 for one in answered(probes)):
        raise NotApplicable("connect was answered with 403, and what a refusal says does not count")
    if not those:
        raise Unavailable("connect was not answered with 200", because="WEB108")
    return those


def _has_no_object(exchange: Exchange) -> bool:
    flaws = {violation.flaw for violation in judge(exchange)}
    return bool(flaws & {*_NO_OBJECT, Flaw.TOO_LARGE})


def _find(exchange: Exchange, flaw: Flaw) -> Violation | None:
    return next((each for each in judge(exchange) if each.flaw is flaw), None)


def _encoding(one: Seen) -> str | None:
    answer = one.probe.answer
    return answer.header("Content-Encoding") if answer else None
