"""Group WEB, web server: how it answers the hook `connect`."""

from __future__ import annotations

from wcsdiag.facts.probes import WebServerProbes
from wcsdiag.hooks.exchange import Exchange
from wcsdiag.model import (
    Finding,
    Fix,
    Unavailable,
    Undetermined,
    failed,
    passed,
    undetermined,
    warned,
)
from wcsdiag.net.probe import Authorization, Outcome, Phase
from wcsdiag.registry import Observations, check
from wcsdiag.wcs.settings import Settings
from wcsdiag_checks.web_server_seen import (
    LIMIT_PASSED,
    WRONG_URL,
    Seen,
    answered,
    change_url,
    reaching,
    sent_with,
)
from wcsdiag_checks.web_server_status import explain, request_again

_TLS_WORDS = "TLS alert"


@check("WEB107", "The web server answers in HTTP", explained_by=WRONG_URL)
def answers_in_http(probes: WebServerProbes) -> Observations:
    """Something may listen on the port that is no web server, or that gives up half-way.

    Fix
    ---
    See what listens there, and whether a proxy or a worker ends the connection::

        curl -v -X POST REST_URL/connect -H 'Content-Type: application/json' -d '{}'
    """
    judged = [one for one in reaching(probes, Phase.HTTP) if not _limit_passed(one)]
    if not judged:
        raise Unavailable("no answer came within the limit", because="WEB112")
    for one in judged:
        yield _http(one)


def _http(one: Seen) -> Finding | Undetermined:
    result = one.result(Phase.HTTP)
    assert result is not None
    answer = one.probe.answer
    if answer:
        line = one.evidence(f"HTTP {answer.status} {answer.reason}".strip())
        return passed("the web server answers in HTTP", line, subject=one.subject)
    evidence = one.evidence(result.detail or result.outcome.value)
    if result.outcome is Outcome.FAILED:
        return undetermined("the connection was lost", evidence, subject=one.subject)
    if _TLS_WORDS in result.detail:
        secure = one.subject.replace("http://", "https://", 1)
        return failed(
            "the port expects https, and the REST URL says http",
            evidence,
            subject=one.subject,
            fix=change_url(one, secure, "In the WCS CLI, let the REST URL say https:"),
        )
    summary = {
        Outcome.NOT_HTTP: "what answers is not HTTP",
        Outcome.TLS_FAILED: "TLS failed after the handshake: a client certificate may be wanted",
    }.get(result.outcome, "the connection was closed before the answer was complete")
    url = one.exchange.url if one.exchange else one.subject
    text = {
        Outcome.NOT_HTTP: "Another service has this port: correct the port in the REST URL, or see"
        " on the web server what listens there.",
    }.get(result.outcome, "See in the web server's error log why it ends the connection.")
    fix = Fix(
        text,
        (request_again(one.exchange) if one.exchange else f"curl -v {url}",),
    )
    return failed(summary, evidence, subject=one.subject, fix=fix)


@check("WEB108", "The web server answers connect with 200", explained_by=WRONG_URL)
def connect_answered(probes: WebServerProbes, settings: Settings | Unavailable) -> Observations:
    """WCS takes 200 alone as consent; after anything else to `connect` it declines the client.

    A 403 is how a web server refuses a client, and its answer to a synthetic hook says nothing
    about real ones: it passes with a note. A 401 fails where wcsdiag knows with what WCS would have
    sent the hook.

    Fix
    ---
    Let the application answer `POST <REST URL>/connect` with 200, `Content-Type:
    application/json` and the JSON that it got::

        curl -i -H 'Content-Type: application/json' -d '{"appKey":"synthetic"}' REST_URL/connect
    """
    for one in answered(probes):
        assert one.exchange is not None
        yield _status(one, one.exchange, settings)


def _status(
    one: Seen, exchange: Exchange, settings: Settings | Unavailable
) -> Finding | Undetermined:
    answer = one.probe.answer
    place = answer.header("Location") if answer else None
    line = f"HTTP {exchange.status} {answer.reason if answer else ''}".strip()
    start = (exchange.answer_text or "")[:200].strip()
    text = "\n".join(part for part in (line, f"Location: {place}" if place else "", start) if part)
    if exchange.status == 200:
        evidence = one.evidence(f"{line}\nsent with {sent_with(one)}")
        return passed("connect was answered with 200", evidence, subject=one.subject)
    evidence = one.evidence(text)
    if exchange.status == 403:
        return _refused(one, exchange)
    summary, fix = explain(one, exchange)
    unknown = _unknown_of_authorization(one, settings) if exchange.status == 401 else None
    if unknown:
        reason = f"the web server wants a login (401), and {unknown}"
        return undetermined(reason, evidence, subject=one.subject, fix=fix)
    return failed(summary, evidence, subject=one.subject, fix=fix)


def _unknown_of_authorization(one: Seen, settings: Settings | Unavailable) -> str | None:
    """Why real hooks may carry another `Authorization` than this probe; None: they would not."""
    sender, kind = one.url.sender, one.probe.authorization
    if isinstance(settings, Unavailable):
        return "whether WCS signs its hooks is not known: its settings could not be read"
    if kind is Authorization.HASH and sender is not None and sender.rest_username:
        return "of signature and REST user it is not documented which one WCS sends"
    if kind is Authorization.HASH:
        return None
    if sender is None or sender.rest_username is None:
        return "whether the app has a REST user is not known"
    if sender.rest_username and sender.rest_password is None:
        return f"the password of the REST user of app {sender.name} is not known"
    return None


def _refused(one: Seen, exchange: Exchange) -> Finding:
    notes = {
        Authorization.HASH: "if real hooks get it too, compare rest_hook_secret_key with the key"
        " of the web server",
        Authorization.BASIC: "if real hooks get it too, look at the rights of that user",
        Authorization.NONE: "if it expects a signature or a login, this probe carried none",
    }
    return passed(
        "connect was answered with 403, a valid refusal of the synthetic hook, sent with"
        f" {sent_with(one)}: {notes[one.probe.authorization]}",
        one.evidence(f"HTTP 403\n{(exchange.answer_text or '')[:200].strip()}".strip()),
        subject=one.subject,
        fix=Fix("Look in the web server's log whether real hooks get 403 as well."),
    )


@check("WEB112", "The web server answers within rest_request_timeout", explained_by=WRONG_URL)
def answers_in_time(probes: WebServerProbes, settings: Settings | Unavailable) -> Observations:
    """WCS waits `rest_request_timeout` seconds (15 unless set) and then counts the hook as failed.

    wcsdiag counts from the hook's last byte to the answer's last. More than half of the limit in
    a quiet moment means failures under load.

    Fix
    ---
    Make the handler fast: answer first and work later. Raising the limit only helps so far, since
    clients wait as long; the vendor recommends 1 to 10 seconds::

        rest_request_timeout=10        # conf/flashphoner.properties, then restart WCS
    """
    judged = [one for one in reaching(probes, Phase.HTTP) if one.probe.answer or _limit_passed(one)]
    if not judged:
        raise Unavailable("no answer came that could be timed", because="WEB107")
    for one in judged:
        yield _time(one, _where(settings))


def _where(settings: Settings | Unavailable) -> str:
    place = settings.where("rest_request_timeout") if isinstance(settings, Settings) else None
    if place:
        return place
    read = "not set" if isinstance(settings, Settings) else "the settings could not be read"
    return f"WCS's default; {read}"


def _time(one: Seen, where: str) -> Finding | Undetermined:
    limit = one.probe.answer_limit_s
    allowed = f"rest_request_timeout {limit:g} s ({where})" if limit else f"no limit ({where})"
    fix = Fix(
        "Make the handler of connect faster: answer first, work later. Until then a higher limit"
        " keeps hooks from failing, and clients waiting.",
        (f"time {request_again(one.exchange)}",) if one.exchange else (),
    )
    result = one.result(Phase.HTTP)
    assert result is not None
    answer = one.probe.answer
    if answer is None:
        evidence = one.evidence(f"{result.detail}\n{allowed}")
        if result.outcome is Outcome.TOO_SLOW:
            summary = f"no whole answer within {limit:g} s, the limit of WCS"
            return failed(summary, evidence, subject=one.subject, fix=fix)
        return undetermined(
            "no whole answer within the time that wcsdiag had",
            evidence,
            subject=one.subject,
            fix=Fix("Give the run more time: --deadline."),
        )
    evidence = one.evidence(f"answered in {answer.seconds:.3f} s\n{allowed}")
    if limit and answer.seconds > limit / 2:
        summary = f"answered in {answer.seconds:.1f} s, more than half of the {limit:g} s allowed"
        return warned(summary, evidence, subject=one.subject, fix=fix)
    return passed(f"answered in {answer.seconds:.3f} s", evidence, subject=one.subject)


def _limit_passed(one: Seen) -> bool:
    result = one.result(Phase.HTTP)
    return result is not None and result.outcome in LIMIT_PASSED
