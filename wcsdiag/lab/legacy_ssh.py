"""The algorithms of an SSH server of 2015: SHA-1 key exchange and ssh-rsa signatures alone.

paramiko no longer has them. They exist here so that the lab can play a Java shell of that age.
"""

from __future__ import annotations

from hashlib import sha1

# This module is imported inside functions only, when a lab opens.
import paramiko  # noqa: TID253
from cryptography.hazmat.primitives import hashes
from paramiko.kex_group14 import KexGroup14SHA256  # noqa: TID253

from wcsdiag.lab.ssh_transport import LabTransport

KEY_EXCHANGE = "diffie-hellman-group14-sha1"
HOST_KEY = "ssh-rsa"


class KexGroup14SHA1(KexGroup14SHA256):
    """RFC 4253, section 8.2."""

    name = KEY_EXCHANGE
    hash_algo = sha1


class LegacyRsaKey(paramiko.RSAKey):
    """An RSA key that signs with SHA-1, as RFC 4253 had it."""

    HASHES = {  # type: ignore[misc]  # noqa: RUF012 - paramiko's name, and a class attribute there too
        **paramiko.RSAKey.HASHES,
        HOST_KEY: hashes.SHA1,
    }


class LegacyTransport(LabTransport):
    """Offers what is outdated, and nothing else."""

    _preferred_kex = (KEY_EXCHANGE,)
    _preferred_keys = (HOST_KEY,)
    _preferred_macs = ("hmac-sha1",)
    _preferred_ciphers = ("aes128-cbc", "aes128-ctr")
    _kex_info = {KEY_EXCHANGE: KexGroup14SHA1}  # noqa: RUF012
    _key_info = {HOST_KEY: LegacyRsaKey}  # noqa: RUF012


def legacy_host_key() -> LegacyRsaKey:
    """A new host key for a legacy server."""
    return LegacyRsaKey(key=paramiko.RSAKey.generate(2048).key)
