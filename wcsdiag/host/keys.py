"""Private keys of the operator: from files, once per process."""

from __future__ import annotations

import io
import threading
from pathlib import Path

import paramiko  # noqa: TID253 - this module is imported inside functions alone

from wcsdiag.host.interface import HostError, HostFailure
from wcsdiag.target import PasswordPrompt

_loaded: dict[tuple[Path, int], paramiko.PKey | HostError] = {}
_lock = threading.Lock()


def load_key(path: Path, ask: PasswordPrompt) -> paramiko.PKey:
    """The private key in a file; the person is asked for the passphrase of an encrypted one.

    Asked and decrypted once per process, since that costs a person's time and 120 ms of bcrypt.
    Raises `HostError`: CONFIGURATION where the file is missing or no key, AUTHENTICATION where
    its passphrase is not known.
    """
    try:
        content, changed_at = path.read_bytes(), path.stat().st_mtime_ns
    except OSError as error:
        message = f"key file {path}: {error.strerror}"
        raise HostError(HostFailure.CONFIGURATION, message) from error
    with _lock:
        known = _loaded.get((path, changed_at))
        if known is None:
            known = _loaded[path, changed_at] = _try_to_load(path, content, ask)
    if isinstance(known, HostError):
        raise HostError(known.reason, str(known), hint=known.hint)
    return known


def _try_to_load(path: Path, content: bytes, ask: PasswordPrompt) -> paramiko.PKey | HostError:
    try:
        return _load(path, content, ask)
    except HostError as error:
        return error


def _load(path: Path, content: bytes, ask: PasswordPrompt) -> paramiko.PKey:
    try:
        return _parse(path, content, None)
    except TypeError:
        pass  # cryptography's way to say that a passphrase is needed
    passphrase = ask(f"Passphrase of {path}: ")
    if passphrase is None:
        raise HostError(
            HostFailure.AUTHENTICATION,
            f"key file {path}: encrypted, and there is nobody to ask for its passphrase",
            hint=f"Add it to the agent first: ssh-add {path}",
        )
    return _parse(path, content, passphrase.reveal().encode())


def _parse(path: Path, content: bytes, passphrase: bytes | None) -> paramiko.PKey:
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives import serialization as formats

    try:
        try:
            key = formats.load_ssh_private_key(content, passphrase)
        except ValueError:
            key = formats.load_pem_private_key(content, passphrase)  # type: ignore[assignment]
        plain = key.private_bytes(
            formats.Encoding.PEM, formats.PrivateFormat.OpenSSH, formats.NoEncryption()
        )
    except (ValueError, UnsupportedAlgorithm) as error:
        what = "wrong passphrase, or no private key" if passphrase else "not a private key"
        message = f"key file {path}: {what} ({error})"
        reason = HostFailure.AUTHENTICATION if passphrase else HostFailure.CONFIGURATION
        raise HostError(reason, message) from error
    return _as_paramiko(path, plain.decode())


def _as_paramiko(path: Path, plain: str) -> paramiko.PKey:
    kinds: tuple[type[paramiko.PKey], ...] = (
        paramiko.Ed25519Key,
        paramiko.ECDSAKey,
        paramiko.RSAKey,
    )
    for kind in kinds:
        try:
            key = kind.from_private_key(io.StringIO(plain))
        except (paramiko.SSHException, ValueError, IndexError, AssertionError):
            continue
        certificate = path.with_name(path.name + "-cert.pub")
        if certificate.exists():
            key.load_certificate(str(certificate))
        return key
    message = f"key file {path}: not an Ed25519, ECDSA or RSA key"
    raise HostError(HostFailure.CONFIGURATION, message)
