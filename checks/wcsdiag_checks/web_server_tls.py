"""Group WEB, web server: TLS, for the REST URLs that are https."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime, timedelta

from wcsdiag.facts.log_reading import FileWindow
from wcsdiag.facts.log_window import LogWindow
from wcsdiag.facts.probes import WebServerProbes
from wcsdiag.logs.errors_seen import LoggedError
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
from wcsdiag.net.probe import Certificate, Outcome, Phase
from wcsdiag.registry import Observations, check
from wcsdiag.wcs.rest_url import rest_url_behind
from wcsdiag_checks.web_server_seen import WRONG_URL, Seen, change_url, reaching

_SOON = timedelta(days=14)
_CA_FILE = "ca.pem"
_DISTRUST = frozenset({"certificate not trusted", "TLS failed"})
"""Kinds of errors in the log (wcsdiag.logs.known) that a chain without trust accounts for."""
_PLAIN_HTTP_WORDS = ("wrong version number", "http request", "record layer failure")
_ABOUT_CERTIFICATE = frozenset(
    {Outcome.TLS_UNTRUSTED, Outcome.TLS_EXPIRED, Outcome.TLS_WRONG_NAME, Outcome.OK}
)


@check("WEB103", "TLS is possible with the protocols that WCS offers", explained_by=WRONG_URL)
def tls_protocol(probes: WebServerProbes) -> Observations:
    """A web server that offers none of WCS's TLS versions gets no hook.

    The versions are those of `jdk.tls.client.protocols` in conf/wcs-core.properties. The shipped
    file lists TLSv1, TLSv1.1 and TLSv1.2, and so leaves out a web server that takes TLSv1.3 alone.

    Fix
    ---
    Let the web server take TLSv1.2 as well. In nginx::

        ssl_protocols TLSv1.2 TLSv1.3;
    """
    for one in _with_tls(probes):
        yield _protocol(one)


def _protocol(one: Seen) -> Finding | Undetermined:
    result = one.result(Phase.TLS)
    assert result is not None
    allowed = ", ".join(one.probe.protocols)
    agreed = one.probe.protocol or "no version"
    if result.outcome in _ABOUT_CERTIFICATE:
        return _agreed(one, agreed, allowed)
    evidence = one.evidence(result.detail or result.outcome.value, f"TLS with {_server(one)}")
    if result.outcome is Outcome.TLS_PROTOCOL:
        fix = Fix(
            f"Let the web server take TLSv1.2 beside {agreed}; in nginx and in Apache httpd:",
            ("ssl_protocols TLSv1.2 TLSv1.3;", "SSLProtocol +TLSv1.2 +TLSv1.3"),
        )
        if allowed:
            summary = f"the web server takes {agreed}, and WCS offers {allowed} alone"
            return failed(summary, evidence, subject=one.subject, fix=fix)
        reason = f"the web server takes {agreed} alone; which versions WCS offers is not known"
        return undetermined(reason, evidence, subject=one.subject, fix=fix)
    if any(word in result.detail.lower() for word in _PLAIN_HTTP_WORDS):
        plain = one.subject.replace("https://", "http://", 1)
        return failed(
            f"what listens on {_server(one)} does not speak TLS",
            evidence,
            subject=one.subject,
            fix=change_url(one, plain, "Switch TLS on there, or let the REST URL say http:"),
        )
    fix = Fix(
        "See the web server's error log at the time of this run; compare its TLS set-up with this:",
        (f"openssl s_client -connect {_server(one)} -servername {_name(one)}",),
    )
    return failed("the TLS handshake failed", evidence, subject=one.subject, fix=fix)


def _agreed(one: Seen, agreed: str, allowed: str) -> Finding | Undetermined:
    evidence = one.evidence(
        f"agreed on {agreed}; offered: {allowed or 'the default of wcsdiag'}",
        f"TLS with {_server(one)}",
    )
    if allowed or agreed != "TLSv1.3":
        return passed(f"TLS works with {agreed}", evidence, subject=one.subject)
    return undetermined(
        "TLS works with TLSv1.3; which versions WCS offers is not known",
        evidence,
        subject=one.subject,
        fix=Fix(
            "Look for the versions in the settings of the JVM; if the line is missing, its own"
            " default holds.",
            ("grep jdk.tls.client.protocols conf/wcs-core.properties",),
        ),
    )


@check("WEB104", "The web server's certificate chain is trusted", explained_by=WRONG_URL)
def chain_trusted(probes: WebServerProbes, log: LogWindow | Unavailable) -> Observations:
    """Java refuses a chain that does not end in a certificate that it trusts.

    What the JVM of WCS trusts cannot be seen from here: the operator's trust store judges first.
    What it does not trust is a fault where WCS's log shows that TLS fails for this REST URL, and
    undetermined elsewhere. Where your own CA was imported into the JVM's trust store, give wcsdiag
    the same one in `SSL_CERT_FILE`.

    Fix
    ---
    Serve the whole chain with the intermediate certificates, of a CA that Java knows; or import
    your CA into the trust store of the JVM that runs WCS, and restart WCS::

        openssl s_client -connect WEB_SERVER:PORT -showcerts
        keytool -importcert -cacerts -alias my-ca -file my-ca.pem     # Java 9 and later
    """
    for one, certificate in _with_certificate(probes):
        evidence = _evidence(one, certificate, f"judged by {one.probe.trust_store}")
        if Outcome.TLS_UNTRUSTED not in one.probe.certificate_problems:
            yield passed("the certificate chain is trusted", evidence, subject=one.subject)
        else:
            yield _untrusted(one, certificate, evidence, log)


def _untrusted(
    one: Seen, certificate: Certificate, evidence: Evidence, log: LogWindow | Unavailable
) -> Finding | Undetermined:
    self_signed = certificate.subject == certificate.issuer
    kind = "self-signed" if self_signed else "not of a known CA, or its chain is incomplete"
    summary = f"the certificate of {_server(one)} is {kind}"
    window = None if isinstance(log, Unavailable) else log.hooks
    failure = _tls_failure(one, window) if window else None
    answered = window.answered_at(one.subject) if window else None
    if window and failure and (answered is None or answered < failure.at):
        said = Evidence(str(failure.exception), f"host: {window.path}", failure.at)
        return failed(summary, evidence, said, subject=one.subject, fix=_trust_fix(one))
    seen = [evidence]
    if window and answered:
        shown = Evidence(f"a hook to {one.subject} was answered", f"host: {window.path}", answered)
        seen.append(shown)
        why = f"WCS's log shows a hook answered at {answered:%H:%M:%S}, so its JVM may trust it"
    else:
        why = "whether WCS's JVM trusts it cannot be seen from here"
    fix = Fix(
        "If the JVM's trust store has the CA, let wcsdiag judge by it as well: SSL_CERT_FILE."
        f" If not: {_trust_fix(one).text}",
        (f"export SSL_CERT_FILE={_CA_FILE}", *_trust_fix(one).commands),
    )
    return undetermined(f"{summary}; {why}", *seen, subject=one.subject, fix=fix)


def _tls_failure(one: Seen, window: FileWindow) -> LoggedError | None:
    """The newest error of TLS with this REST URL, or with one that the log does not name."""
    failures = (
        error
        for error in window.errors
        if error.is_hook
        and error.known is not None
        and error.known.kind in _DISTRUST
        and (error.url is None or rest_url_behind(error.url, (one.subject,)) == one.subject)
    )
    return max(failures, key=lambda error: error.at, default=None)


def _trust_fix(one: Seen) -> Fix:
    return Fix(
        "Use a certificate of a CA that Java knows, with its intermediate certificates; or import"
        " the CA into the trust store of the JVM that runs WCS (for Java 8 name its cacerts with"
        " -keystore), and restart WCS.",
        (
            f"openssl s_client -connect {_server(one)} -showcerts </dev/null",
            f"keytool -importcert -cacerts -alias web-server-ca -file {_CA_FILE}",
        ),
    )


@check("WEB105", "The web server's certificate names the host of the URL", explained_by=WRONG_URL)
def certificate_names_host(probes: WebServerProbes) -> Observations:
    """The name in the REST URL must stand in the certificate, as an alternative name.

    Fix
    ---
    Get a certificate for that name, or use in the REST URL a name that the certificate has::

        openssl s_client -connect WEB_SERVER:PORT </dev/null | openssl x509 -noout -text
    """
    for one, certificate in _with_certificate(probes):
        names = ", ".join(certificate.names) or "no name"
        evidence = _evidence(one, certificate, f"names: {names}")
        if Outcome.TLS_WRONG_NAME not in one.probe.certificate_problems:
            yield passed(f"the certificate names {_name(one)}", evidence, subject=one.subject)
            continue
        other = next((name for name in certificate.names if not name.startswith("*")), None)
        text = f"Get a certificate for {_name(one)}, or use a name that the certificate has."
        fix = Fix(text)
        if other:
            fix = change_url(one, one.subject.replace(_name(one), other, 1), text)
        summary = f"the certificate is for {names}, not for {_name(one)}"
        yield failed(summary, evidence, subject=one.subject, fix=fix)


@check(
    "WEB106",
    "The web server's certificate is valid, and for two weeks more",
    explained_by=WRONG_URL,
)
def certificate_in_time(probes: WebServerProbes) -> Observations:
    """An expired certificate ends all hooks at one moment, often at night.

    Fix
    ---
    Renew the certificate and reload the web server; see why the renewal did not run::

        openssl x509 -noout -dates -in CERTIFICATE.pem
        certbot renew --dry-run
    """
    for one, certificate in _with_certificate(probes):
        yield _time(one, certificate)


def _time(one: Seen, certificate: Certificate) -> Finding:
    now = datetime.now(UTC)
    start, end = (f"{day:%Y-%m-%d %H:%M} UTC" for day in _dates(certificate))
    evidence = _evidence(one, certificate, f"valid from {start} to {end}")
    fix = Fix(
        "Renew the certificate, reload the web server, and see why the renewal did not run.",
        (f"openssl s_client -connect {_server(one)} </dev/null | openssl x509 -noout -dates",),
    )
    if certificate.not_before > now:
        summary = f"the certificate is valid only from {start}"
        return failed(summary, evidence, subject=one.subject, fix=fix)
    if certificate.not_after < now:
        summary = f"the certificate expired on {end}"
        return failed(summary, evidence, subject=one.subject, fix=fix)
    if Outcome.TLS_EXPIRED in one.probe.certificate_problems:
        summary = "another certificate of the chain is out of its time"
        return failed(summary, evidence, subject=one.subject, fix=fix)
    if certificate.not_after - now < _SOON:
        days = (certificate.not_after - now).days
        summary = f"the certificate expires in {days} days, on {end}"
        return warned(summary, evidence, subject=one.subject, fix=fix)
    return passed(f"the certificate is valid until {end}", evidence, subject=one.subject)


def _dates(certificate: Certificate) -> tuple[datetime, datetime]:
    return certificate.not_before, certificate.not_after


def _with_tls(probes: WebServerProbes) -> tuple[Seen, ...]:
    secure = tuple(
        url for url in probes.urls if url.rest_url is None or url.rest_url.scheme == "https"
    )
    if not any(url.rest_url for url in secure):
        raise NotApplicable("no REST URL is https")
    return reaching(dataclasses.replace(probes, urls=secure), Phase.TLS)


def _with_certificate(probes: WebServerProbes) -> tuple[tuple[Seen, Certificate], ...]:
    those = tuple(
        (one, one.probe.certificate) for one in _with_tls(probes) if one.probe.certificate
    )
    if not those:
        raise Unavailable("no certificate could be read", because="WEB103")
    return those


def _evidence(one: Seen, certificate: Certificate, text: str) -> Evidence:
    result = one.result(Phase.TLS)
    said = f"\n{result.detail}" if result and result.detail else ""
    return one.evidence(
        f"subject {certificate.subject}, issuer {certificate.issuer}\n{text}{said}",
        f"TLS with {_server(one)}",
    )


def _server(one: Seen) -> str:
    url = one.url.rest_url
    return f"{url.host}:{url.port}" if url else one.subject


def _name(one: Seen) -> str:
    return one.url.rest_url.host if one.url.rest_url else one.subject
