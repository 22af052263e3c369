"""The TLS phase: as WCS would do it, and then, where that fails, why.

A failed handshake is repeated on connections of their own with less and less demanded, so that
the certificate can be read, and every one of its problems named, though nobody trusts it.
"""

from __future__ import annotations

import contextlib
import ssl
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from wcsdiag.errors import words_of
from wcsdiag.host.interface import HostError
from wcsdiag.net.bounded import BoundedStream
from wcsdiag.net.certificate import problems_of, read_certificate
from wcsdiag.net.network import outcome_of
from wcsdiag.net.probe import Certificate, Outcome
from wcsdiag.net.tls_stream import TlsStream

Open = Callable[[], BoundedStream]

# X509_V_FLAG_NO_CHECK_TIME of OpenSSL, which Python does not name.
_NO_CHECK_TIME = 0x200000
_VERSIONS = {"TLSv1.2": ssl.TLSVersion.TLSv1_2, "TLSv1.3": ssl.TLSVersion.TLSv1_3}
_OLD_VERSIONS = frozenset({"TLSv1", "TLSv1.1"})
_EVERY_VERSION = ("TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3")
_TIME_CODES = frozenset({9, 10})
_NAME_CODES = frozenset({62, 63, 64})
_WORST_FIRST = (Outcome.TLS_EXPIRED, Outcome.TLS_WRONG_NAME, Outcome.TLS_UNTRUSTED)


class _Demand(Enum):
    """What a handshake asks of the certificate."""

    EVERYTHING = "a trusted chain, the name and the time"
    CHAIN = "a trusted chain, whatever its name and time"
    NOTHING = "nothing"


@dataclass(frozen=True)
class TlsResult:
    """How the handshake ended; `stream` is set where it succeeded as WCS would do it."""

    outcome: Outcome
    detail: str = ""
    stream: TlsStream | None = None
    protocol: str | None = None
    certificate: Certificate | None = None
    problems: frozenset[Outcome] = frozenset()


@dataclass(frozen=True)
class _Failure:
    outcome: Outcome
    detail: str
    verify_code: int | None = None


@dataclass(frozen=True)
class TlsSession:
    """What is asked of one web server. `open_stream` gives a fresh connection at each call.

    `protocols` are Java's names ("TLSv1.2"); empty: this machine's own default. `ca_file` stands
    in for the operator's trust store.
    """

    open_stream: Open
    server_name: str
    protocols: tuple[str, ...] = ()
    ca_file: Path | None = None

    def establish(self) -> TlsResult:
        """Do the handshake as WCS would, and explain it where it fails."""
        first = self._try(_Demand.EVERYTHING, self.protocols)
        if isinstance(first, TlsStream):
            return self._success(first)
        if first.verify_code is not None:
            return self._inspect(first, self.protocols)
        if first.outcome is Outcome.TIMED_OUT:
            return TlsResult(first.outcome, first.detail)
        return self._with_every_version(first)

    def _success(self, stream: TlsStream) -> TlsResult:
        certificate = read_certificate(stream.certificate or b"", stream.protocol)
        return TlsResult(Outcome.OK, "", stream, stream.protocol, certificate)

    def _with_every_version(self, first: _Failure) -> TlsResult:
        """The handshake failed before any certificate was judged: is it for the versions?"""
        second = self._try(_Demand.NOTHING, _EVERY_VERSION)
        if not isinstance(second, TlsStream):
            return TlsResult(first.outcome, first.detail)
        second.close()
        if second.protocol in (self.protocols or tuple(_VERSIONS)):
            return TlsResult(first.outcome, first.detail)
        whole = self._try(_Demand.EVERYTHING, _EVERY_VERSION)
        if isinstance(whole, TlsStream):
            whole.close()
            result = self._success(whole)
        else:
            result = self._inspect(whole, _EVERY_VERSION)
        offered = ", ".join(self.protocols) or "TLSv1.2, TLSv1.3"
        detail = f"{first.detail}; it agrees on {second.protocol} where that is offered"
        return TlsResult(
            Outcome.TLS_PROTOCOL,
            f"with {offered}: {detail}",
            None,
            second.protocol,
            result.certificate,
            result.problems,
        )

    def _inspect(self, first: _Failure, versions: tuple[str, ...]) -> TlsResult:
        """Read the certificate that was refused, and find everything that is wrong with it."""
        problems = {first.outcome} & set(_WORST_FIRST)
        details = [first.detail]
        seen = self._try(_Demand.CHAIN, versions)
        if isinstance(seen, _Failure):
            if seen.verify_code is not None:
                problems.add(Outcome.TLS_UNTRUSTED)
                details.append(seen.detail)
            seen = self._try(_Demand.NOTHING, versions)
        certificate = None
        protocol = None
        if isinstance(seen, TlsStream):
            seen.close()
            protocol = seen.protocol
            certificate = read_certificate(seen.certificate or b"", protocol)
        if certificate:
            problems |= problems_of(certificate, self.server_name)
        outcome = next((worst for worst in _WORST_FIRST if worst in problems), first.outcome)
        text = "; ".join(dict.fromkeys(details))
        return TlsResult(outcome, text, None, protocol, certificate, frozenset(problems))

    def _try(self, demand: _Demand, versions: tuple[str, ...]) -> TlsStream | _Failure:
        try:
            stream = self.open_stream()
        except HostError as error:
            return _Failure(outcome_of(error), str(error))
        try:
            with _closed_on_error(stream):
                return TlsStream(stream, self._context(demand, versions), self.server_name)
        except ssl.SSLCertVerificationError as error:
            return _Failure(_of_verify_code(error.verify_code), _text(error), error.verify_code)
        except (ssl.SSLEOFError, ssl.SSLZeroReturnError):
            return _Failure(Outcome.CLOSED_EARLY, "the connection was closed in the handshake")
        except ssl.SSLError as error:
            return _Failure(Outcome.TLS_FAILED, _text(error))
        except TimeoutError:
            return _Failure(Outcome.TIMED_OUT, "no answer to the TLS handshake within the limit")
        except ConnectionError as error:
            return _Failure(Outcome.RESET, words_of(error))
        except (OSError, ValueError) as error:
            # ValueError: a name that Python cannot put into a handshake.
            return _Failure(Outcome.FAILED, words_of(error))

    def _context(self, demand: _Demand, versions: tuple[str, ...]) -> ssl.SSLContext:
        context = ssl.create_default_context(cafile=self.ca_file)
        _restrict(context, versions)
        if demand is not _Demand.EVERYTHING:
            context.check_hostname = False
        if demand is _Demand.CHAIN:
            context.verify_flags |= ssl.VerifyFlags(_NO_CHECK_TIME)
        if demand is _Demand.NOTHING:
            context.verify_mode = ssl.CERT_NONE
        return context


def trust_store(ca_file: Path | None) -> str:
    """Whose trust decides here, for evidence: what the JVM of WCS trusts cannot be seen."""
    if ca_file:
        return str(ca_file)
    paths = ssl.get_default_verify_paths()
    return f"the operator's trust store ({paths.cafile or paths.capath or 'empty'})"


def _restrict(context: ssl.SSLContext, versions: tuple[str, ...]) -> None:
    known = [_VERSIONS[name] for name in versions if name in _VERSIONS]
    if _OLD_VERSIONS & set(versions):
        # OpenSSL speaks the old versions only at this level; Java knows no such level.
        context.set_ciphers("DEFAULT:@SECLEVEL=0")
        context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
        context.maximum_version = max(known, default=ssl.TLSVersion.TLSv1_1)
    elif known:
        context.minimum_version = min(known)
        context.maximum_version = max(known)


def _of_verify_code(code: int) -> Outcome:
    if code in _TIME_CODES:
        return Outcome.TLS_EXPIRED
    return Outcome.TLS_WRONG_NAME if code in _NAME_CODES else Outcome.TLS_UNTRUSTED


def _text(error: ssl.SSLError) -> str:
    return str(error.args[1]) if len(error.args) > 1 else str(error)


@contextlib.contextmanager
def _closed_on_error(stream: BoundedStream) -> Iterator[None]:
    try:
        yield
    except BaseException:
        stream.close()
        raise
