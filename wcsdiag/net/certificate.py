"""A certificate as it came over the wire, read whether or not anybody trusts it."""

from __future__ import annotations

import ipaddress
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from wcsdiag.net.probe import Certificate, Outcome

if TYPE_CHECKING:
    from cryptography import x509

_MOST_NAMES = 100


def read_certificate(der: bytes, protocol: str) -> Certificate | None:
    """What a certificate in DER says of itself; None where it cannot be decoded."""
    from cryptography import x509

    try:
        decoded = x509.load_der_x509_certificate(der)
        return Certificate(
            subject=decoded.subject.rfc4514_string(),
            issuer=decoded.issuer.rfc4514_string(),
            names=_names(decoded)[:_MOST_NAMES],
            not_before=decoded.not_valid_before_utc,
            not_after=decoded.not_valid_after_utc,
            protocol=protocol,
        )
    except ValueError:
        return None


def problems_of(certificate: Certificate, name: str) -> frozenset[Outcome]:
    """TLS_EXPIRED and TLS_WRONG_NAME, as far as the certificate's own words show them."""
    problems = set()
    if not certificate.not_before <= datetime.now(UTC) <= certificate.not_after:
        problems.add(Outcome.TLS_EXPIRED)
    if not any(_covers(pattern, name) for pattern in certificate.names):
        problems.add(Outcome.TLS_WRONG_NAME)
    return frozenset(problems)


def _names(decoded: x509.Certificate) -> tuple[str, ...]:
    """The subject's alternative names; the common name counts only where there are none."""
    from cryptography import x509

    try:
        extension = decoded.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    except x509.ExtensionNotFound:
        common = decoded.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
        return tuple(str(attribute.value) for attribute in common)
    dns = extension.value.get_values_for_type(x509.DNSName)
    addresses = extension.value.get_values_for_type(x509.IPAddress)
    return (*dns, *(str(address) for address in addresses))


def _covers(pattern: str, name: str) -> bool:
    """A wildcard stands for the whole first label, and for no address (RFC 6125, 6.4)."""
    pattern, name = pattern.lower().rstrip("."), name.lower().rstrip(".")
    try:
        return ipaddress.ip_address(pattern) == ipaddress.ip_address(name)
    except ValueError:
        if not pattern.startswith("*."):
            return pattern == name
    first, _, rest = name.partition(".")
    return bool(first) and rest == pattern[2:]
