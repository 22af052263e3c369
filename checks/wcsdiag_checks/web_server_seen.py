"""What the checks of group WEB share: which probe counts for a REST URL, and how it is cited."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from wcsdiag.facts.probes import ProbedUrl, WebServerProbes
from wcsdiag.hooks.exchange import Exchange
from wcsdiag.model import Evidence, Fix, NotApplicable, Unavailable
from wcsdiag.net.probe import Authorization, Outcome, Phase, PhaseResult, Probe, Vantage

WRONG_TEXT = ("URL107", "URL108", "URL109", "URL110", "URL111", "URL113")
"""Codes about the REST URL itself. A proxy of the JVM (URL115) is none: the probes go past it."""

WRONG_URL = (*WRONG_TEXT, "WEB114")
"""And which machine its name means: whatever is seen at a wrong URL is a consequence."""

NO_PATH = frozenset({Outcome.TIMED_OUT, Outcome.NO_ROUTE, Outcome.NET_UNREACHABLE})
"""Outcomes of a connection that nobody answered: packets were lost, or there is no way."""

LIMIT_PASSED = frozenset({Outcome.TOO_SLOW, Outcome.TIMED_OUT})
"""Outcomes of an exchange that took longer than somebody's limit."""

_CODE_OF_PHASE = {Phase.NAME: "WEB101", Phase.CONNECT: "WEB102", Phase.TLS: "WEB103"}
_CODE_OF_TLS = {
    Outcome.TLS_UNTRUSTED: "WEB104",
    Outcome.TLS_WRONG_NAME: "WEB105",
    Outcome.TLS_EXPIRED: "WEB106",
}


@dataclass(frozen=True)
class Seen:
    """A REST URL with the probe that it is judged by.

    The host's, since WCS sends from there; the operator's only where the host cannot be used as
    a vantage at all: what a web server answers is then better than nothing, and is so labelled.
    """

    url: ProbedUrl
    probe: Probe
    exchange: Exchange | None

    @property
    def subject(self) -> str:
        """The REST URL as the app has it."""
        return self.url.url

    @property
    def app_names(self) -> str:
        """The names of the apps with this URL, for a sentence."""
        return ", ".join(app.name for app in self.url.apps) or "the app"

    def result(self, phase: Phase) -> PhaseResult | None:
        """The result of one phase; None where it was not reached."""
        return self.probe.phase(phase)

    def evidence(self, text: str, what: str = "") -> Evidence:
        """An excerpt, with vantage and place: the URL that was asked, unless `what` says else."""
        hook = f"POST {self.exchange.url}" if self.exchange else self.subject
        return Evidence(text, f"{self.probe.vantage.value}: {what or hook}")


def seen(url: ProbedUrl) -> Seen | None:
    """The probe that a URL is judged by; None where there is none."""
    if isinstance(url.host, Probe) and not is_denied(url.host):
        return Seen(url, url.host, url.host_exchange)
    return Seen(url, url.operator, url.operator_exchange) if url.operator else None


def is_denied(probe: Probe) -> bool:
    """True where the SSH server forwards no connections, so that the host is no vantage."""
    return probe.outcome is Outcome.FORWARDING_DENIED


def reaching(probes: WebServerProbes, phase: Phase) -> tuple[Seen, ...]:
    """The URLs whose probe got as far as `phase`.

    Raises `Unavailable` where none did, with the code that judges what came before.
    """
    if phase is Phase.HTTP and not probes.posted:
        raise NotApplicable("no hook was sent (--no-post)")
    return _those(probes, lambda one: one.result(phase) is not None)


def answered(probes: WebServerProbes) -> tuple[Seen, ...]:
    """The URLs from which an HTTP answer came: each has an exchange with a status.

    Raises `Unavailable` where none did, and `NotApplicable` where none was asked.
    """
    if not probes.posted:
        raise NotApplicable("no hook was sent (--no-post)")
    return _those(probes, lambda one: one.exchange is not None and one.exchange.status is not None)


def from_host(probes: WebServerProbes) -> tuple[tuple[ProbedUrl, Probe], ...]:
    """The URLs that were probed from the host. Raises `Unavailable` where none was."""
    those = tuple((url, url.host) for url in probes.urls if isinstance(url.host, Probe))
    if not those:
        raise _why_not_from_host(probes)
    return those


def code_behind(probe: Probe) -> str:
    """The code of the check that judges why a probe ended where it did."""
    last = probe.phases[-1]
    if last.phase is Phase.CONNECT and last.outcome in NO_PATH:
        return "FWL101"
    if last.phase is Phase.TLS:
        return _CODE_OF_TLS.get(last.outcome, "WEB103")
    if last.phase is Phase.HTTP:
        return "WEB112" if last.outcome in LIMIT_PASSED else "WEB107"
    return _CODE_OF_PHASE[last.phase]


def attempts_text(probe: Probe) -> str:
    """One line for each address that was tried."""
    lines = (
        f"{attempt.address} port {attempt.port}: open after {attempt.seconds:.3f} s"
        if attempt.outcome is Outcome.OK
        else f"{attempt.detail or attempt.outcome.value} (after {attempt.seconds:.3f} s)"
        for attempt in probe.attempts
    )
    return "\n".join(lines)


def other_vantage(url: ProbedUrl) -> tuple[Evidence, ...]:
    """What the operator saw of the same URL, as one line; nothing where it did not look."""
    probe = url.operator
    if probe is None or not probe.phases:
        return ()
    last = probe.phases[-1]
    if last.outcome is Outcome.OK:
        text = f"reaches it: {', '.join(probe.addresses)}"
    else:
        text = f"does not reach it either: {last.phase.value}: {last.detail or last.outcome.value}"
    return (Evidence(text, f"{Vantage.OPERATOR.value}: {url.url}"),)


def sent_with(one: Seen) -> str:
    """What the hook carried to prove where it comes from, for a sentence."""
    sender = one.url.sender
    if one.probe.authorization is Authorization.BASIC and sender:
        return f"HTTP Basic credentials of the app {sender.name} (user {sender.rest_username})"
    return one.probe.authorization.value


def change_url(one: Seen | ProbedUrl, url: str, text: str) -> Fix:
    """Give the apps another REST URL, in the WCS CLI."""
    apps = one.url.apps if isinstance(one, Seen) else one.apps
    names = tuple(app.name for app in apps) or ("APP",)
    return Fix(text, tuple(f'update app -l "{url}" {name}' for name in names))


def _those(probes: WebServerProbes, wanted: Callable[[Seen], bool]) -> tuple[Seen, ...]:
    judged = [one for one in map(seen, probes.urls) if one]
    those = tuple(one for one in judged if wanted(one))
    if those:
        return those
    if not judged:
        raise _why_not_from_host(probes)
    first = judged[0]
    last = first.probe.phases[-1]
    raise Unavailable(
        f"the probe of {first.subject} ended before that: {last.detail or last.outcome.value}",
        because=code_behind(first.probe),
    )


def _why_not_from_host(probes: WebServerProbes) -> Unavailable:
    for url in probes.urls:
        if isinstance(url.host, Unavailable):
            return Unavailable(url.host.reason, because=url.host.because, fix=url.host.fix)
    return Unavailable("the host forwards no connections through SSH", because="WEB102")
