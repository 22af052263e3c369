"""Whatever is asked wrongly: one line on stderr, exit code 2, no traceback, nothing run."""

from __future__ import annotations

from pathlib import Path

import pytest

from wcsdiag.cli.main import main

HOST = ("--host", "localhost")
BAD = {
    "no command": ((), "Missing command"),
    "unknown command": (("al",), "Did you mean 'all'?"),
    "unknown option": (("all", "--hots", "x"), "No such option"),
    "option without value": (("all", "--host"), "requires an argument"),
    "no host": (("all",), "no host: give --host"),
    "host with user": (("all", "--host", "me@wcs"), "--ssh-user"),
    "host like an option": (("all", "--host=-oProxyCommand=x"), "is not a host"),
    "a group where a check is meant": (("explain", "WEB"), "WEB is a group"),
    "unknown code": (("run", "HKS999", *HOST), "'HKS999'"),
    "nothing to run": (("run", *HOST), "Missing argument"),
    "unknown code to skip": (("all", "--skip", "NOPE", *HOST), "'NOPE'"),
    "malformed URL": (("all", "--expect-url", "web:9091/x", *HOST), "--expect-url"),
    "URL with a space": (("all", "--expect-url", "http://web/a b", *HOST), "space"),
    "port too large": (("all", "--ssh-port", "65536", *HOST), "--ssh-port: '65536' is not a port"),
    "port in words": (("all", "--cli-port", "ssh", *HOST), "--cli-port: 'ssh' is not a port"),
    "duration": (("all", "--since", "soon", *HOST), "--since: 'soon' is not a duration"),
    "duration without unit": (("all", "--since", "60", *HOST), "--since: '60' is not"),
    "duration of nothing": (("all", "--timeout", "0", *HOST), "more than nothing"),
    "negative deadline": (("all", "--deadline", "-5", *HOST), "is not a duration"),
    "missing config": (("all", "--config", "/nowhere/c.toml", *HOST), "No such file"),
    "unknown profile": (("all", "--profile", "x", *HOST), "no profile 'x'"),
    "missing key file": (("all", "--ssh-key", "/nowhere/id", *HOST), "key file /nowhere/id"),
    "key file is a directory": (("all", "--ssh-key", "/", *HOST), "Is a directory"),
    "output into nowhere": (("all", "--output", "/nowhere/r.json", *HOST), "no directory"),
    "output is a directory": (("all", "--output", "/", *HOST), "is a directory"),
    "format": (("all", "--format", "html", *HOST), "terminal, json, junit"),
    "rest": (("all", "--rest", "maybe", *HOST), "on, off, auto"),
    "fail on": (("all", "--fail-on", "pass", *HOST), "fail, warn"),
    "relative home": (("all", "--wcs-home", "opt/wcs", *HOST), "absolute path"),
    "web server without host": (("all", "--web-ssh", "root@", *HOST), "[USER@]HOST[:PORT]"),
    "web server's port": (("all", "--web-ssh", "web:ssh", *HOST), "--web-ssh: 'ssh' is not a port"),
    "web server by bare IPv6": (("all", "--web-ssh", "2001:db8::1", *HOST), "in brackets"),
    "web server like an option": (("all", "--web-ssh=-oX", *HOST), "is not a host"),
    "key of no web server": (("all", "--web-ssh-key", __file__, *HOST), "not a private key"),
    "empty app key": (("all", "--app-key", " ", *HOST), "--app-key"),
    "no checks dir": (("all", "--checks-dir", "/nowhere", *HOST), "/nowhere is not a directory"),
    "explain unknown": (("explain", "HKS999"), "'HKS999'"),
    "format of checks": (("checks", "--format", "junit"), "terminal, json"),
    "control characters": (("run", "\x1b[31mX", *HOST), "\\x1b[31m"),
}


@pytest.mark.parametrize(("arguments", "says"), BAD.values(), ids=BAD.keys())
def test_bad_input_is_one_clear_line_and_exit_code_2(
    arguments: tuple[str, ...], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code = main(arguments)

    out, err = capsys.readouterr()
    assert code == 2
    assert out == ""
    assert err.startswith("wcsdiag: ")
    assert err.count("\n") == 1
    assert says in err
    assert "\x1b" not in err


def test_a_malformed_config_file_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "c.toml"
    path.write_bytes(b"[defaults\nhost = \xff")

    code = main(("all", "--config", str(path)))

    assert code == 2
    assert str(path) in capsys.readouterr().err


def test_the_public_half_of_a_key_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "id.pub"
    path.write_text("ssh-ed25519 AAAA me", encoding="utf-8")

    assert main(("all", "--ssh-key", str(path), *HOST)) == 2
    assert "public half" in capsys.readouterr().err


def test_a_variable_is_read_as_its_option_and_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("WCSDIAG_SINCE", "soon")

    assert main(("all", *HOST)) == 2
    assert "--since: 'soon'" in capsys.readouterr().err
