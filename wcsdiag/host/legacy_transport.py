"""SSH as it was spoken a decade ago, for the WCS CLI alone and only after current SSH failed.

paramiko 5 has dropped SHA-1 from key exchange and from RSA signatures. A Java shell of that age
may offer nothing else. Only ever imported from inside functions.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import paramiko  # noqa: TID253 - this module is imported inside functions alone
from cryptography.hazmat.primitives import hashes
from paramiko.kex_gex import KexGexSHA256  # noqa: TID253
from paramiko.kex_group14 import KexGroup14SHA256  # noqa: TID253

from wcsdiag.host.transport import HostTransport

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wcsdiag.host.peer import Peer

_OUTDATED_CIPHERS = {"aes128-cbc", "aes192-cbc", "aes256-cbc", "3des-cbc"}
_OUTDATED_MACS = {"hmac-sha1", "hmac-md5", "hmac-sha1-96", "hmac-md5-96"}


class _Group14(KexGroup14SHA256):
    name = "diffie-hellman-group14-sha1"
    hash_algo = hashlib.sha1


class _Group1(KexGroup14SHA256):
    """The Second Oakley Group (RFC 2409 section 6.2), 1024 bits."""

    name = "diffie-hellman-group1-sha1"
    hash_algo = hashlib.sha1
    P = int(
        "FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74"
        "020BBEA63B139B22514A08798E3404DDEF9519B3CD3A431B302B0A6DF25F1437"
        "4FE1356D6D51C245E485B576625E7EC6F44C42E9A637ED6B0BFF5CB6F406B7ED"
        "EE386BFB5A899FA5AE9F24117C4B1FE649286651ECE65381FFFFFFFFFFFFFFFF",
        16,
    )


class _GroupExchange(KexGexSHA256):
    name = "diffie-hellman-group-exchange-sha1"
    hash_algo = hashlib.sha1
    min_bits = 1024


class _Sha1RsaKey(paramiko.RSAKey):
    """An RSA host key that may sign with SHA-1."""

    HASHES = {  # type: ignore[misc]  # noqa: RUF012 - as paramiko has it
        **paramiko.RSAKey.HASHES,
        "ssh-rsa": hashes.SHA1,
    }


_OUTDATED_KEX = (_GroupExchange, _Group14, _Group1)


class LegacyTransport(HostTransport):
    """Offers outdated algorithms too, after all current ones."""

    _kex_info = {  # noqa: RUF012 - as paramiko has it
        **HostTransport._kex_info,  # noqa: SLF001
        **{kex.name: kex for kex in _OUTDATED_KEX},
    }
    _key_info = {**HostTransport._key_info, "ssh-rsa": _Sha1RsaKey}  # noqa: RUF012, SLF001
    _preferred_kex = (
        *HostTransport._preferred_kex,  # noqa: SLF001
        *(kex.name for kex in _OUTDATED_KEX),
    )

    def __init__(self, peer: Peer, timeout_s: float, prefer_keys: Iterable[str] = ()) -> None:
        self._preferred_keys = (*HostTransport._preferred_keys, "ssh-rsa")  # noqa: SLF001
        super().__init__(peer, timeout_s, prefer_keys)


def outdated_algorithms(transport: HostTransport) -> tuple[str, ...]:
    """The outdated ones among the algorithms that were agreed on."""
    kex = transport.agreed_kex
    found = [kex] if kex.endswith("sha1") else []
    if transport.host_key_type == "ssh-rsa":
        found.append("ssh-rsa")
    ciphers = (transport.local_cipher, transport.remote_cipher)
    found += [name for name in ciphers if name in _OUTDATED_CIPHERS]
    macs = (str(transport.local_mac), str(transport.remote_mac))
    found += [name for name in macs if name in _OUTDATED_MACS]
    return tuple(dict.fromkeys(found))
