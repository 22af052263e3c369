"""What known Java exceptions mean: the table.

Only classes and messages of the JDK, and of the common Apache HTTP and Jackson libraries, are
relied on. What WCS itself writes around them is known of `Read timed out` alone (wcs.md 2.2).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from wcsdiag.logs.java import JavaException


@dataclass(frozen=True)
class Known:
    """One kind of exception: the simple names of its classes, and a pattern of its message.

    `is_network` says that it tells of a connection to a peer. `meaning` is said of a hook; `fix`
    is what to do.
    """

    kind: str
    classes: tuple[str, ...]
    pattern: str
    meaning: str
    fix: str
    is_network: bool = True


KNOWN = (
    Known(
        "read timed out",
        ("SocketTimeoutException", "HttpTimeoutException", "InterruptedIOException"),
        r"read timed? ?out|^$|request timed out|^timeout$",
        "the web server accepted the connection and did not answer within WCS's "
        "rest_request_timeout",
        "Make the web server answer faster: look for the slow handler in its own log.",
    ),
    Known(
        "connect timed out",
        ("SocketTimeoutException", "ConnectTimeoutException", "HttpConnectTimeoutException"),
        r"connect(?:ion)? timed out|connect to .*(?:timed out|failed)",
        "nothing answered the attempt to connect: a firewall drops the packets, or the address is "
        "wrong or down",
        "Open the web server's port for the host's address, or correct the REST URL.",
    ),
    Known(
        "connection refused",
        ("ConnectException", "HttpHostConnectException"),
        r"refused",
        "nothing listens on that port of the web server, or a firewall rejects the connection",
        "Start the web server, or correct the port in the REST URL.",
    ),
    Known(
        "connection timed out",
        ("ConnectException", "HttpHostConnectException"),
        r"timed out",
        "nothing answered the attempt to connect: a firewall drops the packets, or the address is "
        "wrong or down",
        "Open the web server's port for the host's address, or correct the REST URL.",
    ),
    Known(
        "no route to host",
        ("NoRouteToHostException", "ConnectException", "SocketException"),
        r"no route to host|host (?:is )?unreachable|network is unreachable",
        "the host has no way to the web server, or a firewall answers that it is unreachable",
        "Check the host's routes and the firewalls towards the web server.",
    ),
    Known(
        "no route to host",
        ("NoRouteToHostException",),
        r"",
        "the host has no way to the web server, or a firewall answers that it is unreachable",
        "Check the host's routes and the firewalls towards the web server.",
    ),
    Known(
        "unknown host",
        ("UnknownHostException", "UnresolvedAddressException"),
        r"",
        "the name in the REST URL does not resolve on the host",
        "Correct the name in the REST URL, or the host's name servers.",
    ),
    Known(
        "certificate not trusted",
        ("SSLHandshakeException", "ValidatorException", "SunCertPathBuilderException"),
        r"unable to find valid certification path|path building failed|self.?signed",
        "the web server's certificate is not signed by an authority that Java trusts, or the "
        "intermediate certificate is missing",
        "Send the full chain from the web server, or import its authority into Java's cacerts.",
    ),
    Known(
        "certificate not valid now",
        ("CertificateExpiredException", "CertificateNotYetValidException"),
        r"",
        "the web server's certificate has expired, or is not valid yet",
        "Renew the web server's certificate, and check the host's clock.",
    ),
    Known(
        "certificate not valid now",
        ("SSLHandshakeException", "CertPathValidatorException", "ValidatorException"),
        r"NotAfter|NotBefore|validity check failed|expired",
        "the web server's certificate has expired, or is not valid yet",
        "Renew the web server's certificate, and check the host's clock.",
    ),
    Known(
        "certificate has another name",
        ("SSLHandshakeException", "SSLPeerUnverifiedException", "CertificateException"),
        r"no (?:name|subject alternative)|hostname|not verified|doesn't match|does not match",
        "the web server's certificate is for another name than the one in the REST URL",
        "Use a name in the REST URL that the certificate holds, or renew the certificate with it.",
    ),
    Known(
        "no common TLS version or cipher",
        ("SSLHandshakeException", "SSLException", "SSLProtocolException"),
        r"protocol_version|handshake_failure|no appropriate protocol|no cipher suites|"
        r"insufficient_security",
        "WCS and the web server have no TLS version or cipher in common",
        "Allow TLS 1.2 on the web server, or see jdk.tls.client.protocols in "
        "conf/wcs-core.properties.",
    ),
    Known(
        "not TLS",
        ("SSLException", "SSLHandshakeException"),
        r"unrecognized ssl message|unsupported or unrecognized|plaintext connection",
        "the REST URL says https, and what listens on that port does not speak TLS",
        "Write http in the REST URL, or the port on which the web server speaks TLS.",
    ),
    Known(
        "TLS failed",
        (
            "SSLException",
            "SSLHandshakeException",
            "SSLPeerUnverifiedException",
            "SSLProtocolException",
            "CertificateException",
        ),
        r"",
        "the TLS handshake with the web server failed",
        "Compare the web server's certificate and TLS versions with what Java on the host accepts.",
    ),
    Known(
        "connection reset",
        ("SocketException", "SSLException", "IOException"),
        r"connection reset|broken pipe|socket (?:is )?closed|"
        r"software caused connection abort|unexpected end of file",
        "the web server, or something between, closed the connection in the middle of a hook",
        "See the web server's own log for that moment, and what stands in between (proxy, "
        "firewall, load balancer).",
    ),
    Known(
        "too many open files",
        ("SocketException", "IOException", "FileNotFoundException", "FileSystemException"),
        r"too many open files",
        "WCS has used up its limit of open files, and can open no connection",
        "Raise the limit of open files (WCS_FD_LIMIT in bin/setenv.sh) and restart WCS.",
        is_network=False,
    ),
    Known(
        "no room on disk",
        ("IOException", "FileNotFoundException", "FileSystemException"),
        r"no space left on device|disk quota exceeded",
        "the disk is full",
        "Make room on the disk of WCS.",
        is_network=False,
    ),
    Known(
        "out of memory",
        ("OutOfMemoryError",),
        r"",
        "the Java process of WCS ran out of memory or threads",
        "Raise -Xmx in conf/wcs-core.properties, or lessen the load; then restart WCS.",
        is_network=False,
    ),
    Known(
        "stack overflow",
        ("StackOverflowError",),
        r"",
        "a thread of WCS ran out of stack: a fault in the program, or in the data it was given",
        "Report it to the vendor with the stack trace.",
        is_network=False,
    ),
    Known(
        "no answer",
        ("NoHttpResponseException", "EOFException"),
        r"",
        "the web server closed the connection without an answer",
        "See the web server's own log for that moment; it may close idle connections too early.",
    ),
    Known(
        "connection pool used up",
        ("ConnectionPoolTimeoutException", "ConnectionRequestTimeoutException"),
        r"",
        "all of WCS's connections to the web server are in use: it is too slow for the load",
        "Make the web server answer faster, or add capacity.",
    ),
    Known(
        "answer is not JSON",
        (
            "JsonParseException",
            "JsonMappingException",
            "JsonEOFException",
            "MismatchedInputException",
            "UnrecognizedPropertyException",
            "InvalidFormatException",
            "JsonSyntaxException",
            "MalformedJsonException",
            "JSONException",
            "HttpMessageNotReadableException",
        ),
        r"",
        "a text that should be a JSON object could not be read as one: for a hook, the web "
        "server's answer",
        "Let the web server answer each hook with a JSON object and "
        "Content-Type: application/json.",
    ),
    Known(
        "answer refused",
        (
            "HttpClientErrorException",
            "HttpServerErrorException",
            "HttpResponseException",
            "ClientErrorException",
            "ServerErrorException",
        ),
        r"",
        "the web server answered with an HTTP error",
        "See the web server's own log for the reason of that status.",
    ),
    Known(
        "address in use",
        ("BindException",),
        r"already in use",
        "a port that WCS needs is taken by another process",
        "Find the process with `ss -tlnp`, and stop it or change the port.",
        is_network=False,
    ),
    Known(
        "address not on this machine",
        ("BindException",),
        r"cannot assign|can't assign",
        "an address in WCS's settings is not one of the host's",
        "Correct ip and ip_local in conf/flashphoner.properties.",
        is_network=False,
    ),
)
"""The first that fits wins: narrow patterns stand before wide ones."""

_COMPILED = tuple((known, re.compile(known.pattern, re.IGNORECASE)) for known in KNOWN)
_LONGEST = 1000


def explain(found: Sequence[JavaException]) -> tuple[JavaException, Known | None] | None:
    """The exception that says most, and what it means; None where there is no exception.

    The innermost known one says most, since the others wrap it. Where none is known, it is the
    innermost, with None.
    """
    for exception in reversed(found):
        known = _known(exception)
        if known is not None:
            return exception, known
    return (found[-1], None) if found else None


def _known(exception: JavaException) -> Known | None:
    # Spring has a class for each status within the one that it documents: `X$Forbidden`.
    name, text = exception.simple_name.partition("$")[0], exception.text[:_LONGEST]
    if exception.name.startswith("java.rmi."):
        # Between WCS core and Manager: nothing of it is about the web server.
        return None
    return next(
        (known for known, pattern in _COMPILED if name in known.classes and pattern.search(text)),
        None,
    )
