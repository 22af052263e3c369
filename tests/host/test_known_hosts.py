"""known_hosts: every form that OpenSSH writes, and a changed key never passes."""

from __future__ import annotations

import base64
import subprocess
from pathlib import Path

import pytest

from tests.support import require_tool
from tests.support_sshd import make_key, public_key
from wcsdiag.host.interface import HostError, HostFailure
from wcsdiag.host.known_hosts import HostKey, HostKeyPolicy, policy


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    directory = tmp_path_factory.mktemp("keys")
    return tuple(  # type: ignore[return-value]
        " ".join(public_key(make_key(directory / name)).split()[:2]) for name in ("one", "two")
    )


def as_key(text: str) -> HostKey:
    kind, blob = text.split()
    return HostKey(kind, base64.b64decode(blob))


def policy_of(
    tmp_path: Path, text: str, host: str = "wcs1", port: int = 22, *, accept_new: bool = False
) -> HostKeyPolicy:
    file = tmp_path / "known_hosts"
    file.write_text(text)
    return policy(host, port, (file,), accept_new=accept_new)


def reason_of(judge: HostKeyPolicy, key: str) -> HostFailure:
    with pytest.raises(HostError) as error:
        judge.check(as_key(key))
    return error.value.reason


@pytest.mark.parametrize(
    ("names", "host", "port"),
    [
        ("wcs1", "wcs1", 22),
        ("other,wcs1,10.0.0.1", "wcs1", 22),
        ("WCS1", "wcs1", 22),
        ("[wcs1]:2222", "wcs1", 2222),
        ("*.example.com,!db.example.com", "wcs1.example.com", 22),
        ("[*.example.com]:22??", "wcs1.example.com", 2222),
    ],
)
def test_a_line_that_names_the_host_lets_its_key_pass(
    tmp_path: Path, keys: tuple[str, str], names: str, host: str, port: int
) -> None:
    assert (
        policy_of(tmp_path, f"{names} {keys[0]} comment\n", host, port).check(as_key(keys[0]))
        is None
    )


@pytest.mark.parametrize(
    ("names", "host", "port"),
    [
        ("wcs2", "wcs1", 22),
        ("wcs1", "wcs1", 2222),
        ("[wcs1]:2222", "wcs1", 22),
        ("*.example.com,!db.example.com", "db.example.com", 22),
        ("#wcs1", "wcs1", 22),
        ("@cert-authority wcs1", "wcs1", 22),
    ],
)
def test_a_line_that_speaks_of_another_leaves_the_key_unknown(
    tmp_path: Path, keys: tuple[str, str], names: str, host: str, port: int
) -> None:
    judge = policy_of(tmp_path, f"{names} {keys[0]}\n", host, port)
    assert reason_of(judge, keys[0]) is HostFailure.HOST_KEY_UNKNOWN


@pytest.mark.parametrize(("name", "port"), [("wcs1", 22), ("[wcs1]:2222", 2222)])
def test_hashed_names_are_found(
    tmp_path: Path, keys: tuple[str, str], name: str, port: int
) -> None:
    file = tmp_path / "known_hosts"
    file.write_text(f"{name} {keys[0]}\n")
    subprocess.run(
        [require_tool("ssh-keygen"), "-q", "-H", "-f", str(file)], check=True, capture_output=True
    )
    assert "wcs1" not in file.read_text()
    assert policy("wcs1", port, (file,), accept_new=False).check(as_key(keys[0])) is None


def test_another_key_is_a_changed_key_with_both_fingerprints(
    tmp_path: Path, keys: tuple[str, str]
) -> None:
    judge = policy_of(tmp_path, f"wcs1 {keys[0]}\n", accept_new=True)
    with pytest.raises(HostError) as error:
        judge.check(as_key(keys[1]))
    assert error.value.reason is HostFailure.HOST_KEY_CHANGED
    assert as_key(keys[0]).fingerprint in str(error.value)
    assert as_key(keys[1]).fingerprint in str(error.value)


def test_a_revoked_key_never_passes(tmp_path: Path, keys: tuple[str, str]) -> None:
    text = f"wcs1 {keys[0]}\n@revoked * {keys[0]}\n"
    judge = policy_of(tmp_path, text, accept_new=True)
    assert reason_of(judge, keys[0]) is HostFailure.HOST_KEY_CHANGED


def test_a_new_key_passes_where_new_keys_are_accepted_and_is_noted(
    tmp_path: Path, keys: tuple[str, str]
) -> None:
    note = policy_of(tmp_path, "", accept_new=True).check(as_key(keys[0]))
    assert note is not None
    assert as_key(keys[0]).fingerprint in note


def test_the_fingerprint_is_the_one_that_ssh_keygen_prints(tmp_path: Path) -> None:
    key = make_key(tmp_path / "key")
    command = [require_tool("ssh-keygen"), "-lf", str(key)]
    printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    assert as_key(" ".join(public_key(key).split()[:2])).fingerprint == printed.split()[1]


def test_lines_that_are_no_entries_do_no_harm(tmp_path: Path, keys: tuple[str, str]) -> None:
    text = f"\n\x00\xff\nwcs1\nwcs1 ssh-rsa !!!\n|1|x| ssh-rsa AAAA\n, a b\nwcs1 {keys[0]}\n"
    assert policy_of(tmp_path, text).check(as_key(keys[0])) is None
