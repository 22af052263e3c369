"""Certificates for the stand-in web server, as PEM: key first, then certificate."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric import ec

_YEAR = timedelta(days=365)


@dataclass(frozen=True)
class Authority:
    """A certificate authority; `pem` is its certificate, for a trust store."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey
    pem: bytes


def new_authority() -> Authority:
    """An authority of one's own."""
    from cryptography import x509
    from cryptography.hazmat.primitives import serialization

    key = _new_key()
    name = _name("wcsdiag lab authority")
    builder = _builder(name, name, key, datetime.now(UTC) - _YEAR, datetime.now(UTC) + _YEAR)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    usage = x509.KeyUsage(
        digital_signature=True,
        key_cert_sign=True,
        crl_sign=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )
    builder = builder.add_extension(usage, critical=True)
    certificate = _signed(builder, key)
    return Authority(certificate, key, certificate.public_bytes(serialization.Encoding.PEM))


def issue(authority: Authority, host: str, *, expired: bool = False) -> bytes:
    """A certificate for an address or a name, signed by the authority."""
    key = _new_key()
    end = datetime.now(UTC) + (timedelta(days=-3) if expired else _YEAR / 2)
    issuer = authority.certificate.subject
    builder = _builder(_name(host), issuer, key, end - _YEAR, end, host)
    return _pem(_signed(builder, authority.key), key)


def self_signed(host: str) -> bytes:
    """A certificate for an address or a name that nobody vouches for."""
    key = _new_key()
    name, now = _name(host), datetime.now(UTC)
    builder = _builder(name, name, key, now - timedelta(days=1), now + _YEAR, host)
    return _pem(_signed(builder, key), key)


def _new_key() -> ec.EllipticCurvePrivateKey:
    from cryptography.hazmat.primitives.asymmetric import ec

    return ec.generate_private_key(ec.SECP256R1())


def _name(text: str) -> x509.Name:
    from cryptography import x509

    return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, text)])


def _builder(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePrivateKey,
    start: datetime,
    end: datetime,
    host: str | None = None,
) -> x509.CertificateBuilder:
    from cryptography import x509

    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(end)
    )
    if host is None:
        return builder
    names = x509.SubjectAlternativeName([_alternative_name(host)])
    return builder.add_extension(names, critical=False)


def _alternative_name(host: str) -> x509.GeneralName:
    from cryptography import x509

    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _signed(builder: x509.CertificateBuilder, key: ec.EllipticCurvePrivateKey) -> x509.Certificate:
    from cryptography.hazmat.primitives import hashes

    return builder.sign(key, hashes.SHA256())


def _pem(certificate: x509.Certificate, key: ec.EllipticCurvePrivateKey) -> bytes:
    from cryptography.hazmat.primitives import serialization

    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ) + certificate.public_bytes(serialization.Encoding.PEM)
