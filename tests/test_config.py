"""The configuration file: order of precedence, and errors that name what was meant."""

from __future__ import annotations

from pathlib import Path

import pytest

from wcsdiag.cli.options import Options
from wcsdiag.cli.settings import settle
from wcsdiag.config import read_config
from wcsdiag.docs.reference import CONFIGURATION
from wcsdiag.errors import UsageError
from wcsdiag.redact import Redactor, Secret
from wcsdiag.target import RestIntent, Target, WebSsh

KEYS = ("host", "ssh-user", "expect-url")

FILE = """
[defaults]
host = "from-defaults"
rest = "off"
timeout = 3
skip = ["LOG"]

[profiles.night]
host = "from-profile"
no-post = true
since = "15m"
"""


def written(folder: Path, text: str) -> Path:
    """A config file."""
    path = folder / "config.toml"
    path.write_text(text, encoding="utf-8")
    path.chmod(0o600)
    return path


def test_a_profile_comes_before_the_defaults_and_an_option_before_both(tmp_path: Path) -> None:
    path = str(written(tmp_path, FILE))

    defaults = settle(Options(config=path), Redactor(), {})
    night = settle(Options(config=path, profile="night"), Redactor(), {})
    given = settle(
        Options(config=path, profile="night", host="given", no_post=False), Redactor(), {}
    )

    assert [each.target.host for each in (defaults, night, given)] == [
        "from-defaults",
        "from-profile",
        "given",
    ]
    assert [each.intent.post for each in (defaults, night, given)] == [True, False, True]
    assert night.intent.rest is RestIntent.OFF
    assert night.timeout.total_seconds() == 3
    assert night.skip == ("LOG",)


def test_the_users_own_file_is_read_where_none_is_named(tmp_path: Path) -> None:
    (tmp_path / "wcsdiag").mkdir()
    written(tmp_path / "wcsdiag", FILE)

    settings = settle(Options(), Redactor(), {"XDG_CONFIG_HOME": str(tmp_path)})

    assert settings.target.host == "from-defaults"


def test_secrets_are_learned_and_the_environment_comes_before_the_file(tmp_path: Path) -> None:
    path = str(written(tmp_path, '[defaults]\nhost="h"\ncli-password="in-file"\n'))
    redactor = Redactor()

    settings = settle(Options(config=path), redactor, {"WCSDIAG_CLI_PASSWORD": "in-environment"})

    assert settings.target.cli_password is not None
    assert settings.target.cli_password.reveal() == "in-environment"
    assert redactor.clean("in-environment") == "[redacted]"
    assert "in-environment" not in repr(settings)


def test_a_password_that_others_may_read_is_worth_a_warning(tmp_path: Path) -> None:
    path = written(tmp_path, '[profiles.p]\nssh-password="swordfish"\n')

    assert read_config(path, KEYS).warnings() == ()
    path.chmod(0o640)
    (warning,) = read_config(path, KEYS).warnings()

    assert "chmod 600" in warning
    assert "swordfish" not in warning


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('[defaults]\nssh_user = "x"', "did you mean 'ssh-user'?"),
        ('[profiles.p]\nexpct-url = "x"', "did you mean 'expect-url'?"),
        ('[default]\nhost = "x"', "did you mean 'defaults'?"),
        ("[defaults]\nhost = ", "config.toml"),
        ("profiles = 3", "must be a table"),
        ("[defaults]\nhost = 2020-01-01", "must be a text"),
        ("[defaults]\nhost = [1]", "must be a text"),
    ],
)
def test_a_file_that_is_not_in_order_is_refused(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(UsageError, match=r"config\.toml") as caught:
        read_config(written(tmp_path, text), KEYS)

    assert says in str(caught.value)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('host = "h"\nssh-port = "x"', "[defaults] ssh-port: 'x' is not a port"),
        ('host = "h"\nssh-port = true', "[defaults] ssh-port: must be a text or a number"),
        ('host = "h"\nno-post = "yes"', "[defaults] no-post: must be true or false"),
        ('host = "h"\nsince = 3600', "[defaults] since: '3600' is not a duration"),
        ('host = "h"\ncli-password = 1234', "cli-password: must be a text in quotes"),
    ],
)
def test_a_value_that_is_wrong_is_named_with_its_place(
    tmp_path: Path, text: str, says: str
) -> None:
    path = written(tmp_path, f"[defaults]\n{text}")

    with pytest.raises(UsageError) as caught:
        settle(Options(config=str(path)), Redactor(), {})

    assert says in str(caught.value)


def test_an_unknown_profile_names_the_nearest(tmp_path: Path) -> None:
    path = str(written(tmp_path, FILE))

    with pytest.raises(UsageError, match="did you mean 'night'"):
        settle(Options(config=path, profile="nigth"), Redactor(), {})


def test_a_profile_without_a_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="there is no config file"):
        settle(Options(profile="night"), Redactor(), {"XDG_CONFIG_HOME": str(tmp_path)})


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("web1", WebSsh("web1")),
        ("root@web1", WebSsh("web1", "root")),
        ("root@web1:2222", WebSsh("web1", "root", 2222)),
        ("[2001:db8::1]:22", WebSsh("2001:db8::1", None, 22)),
        ("me@[2001:db8::1]", WebSsh("2001:db8::1", "me")),
    ],
)
def test_the_web_servers_machine_is_named_as_ssh_names_it(text: str, expected: WebSsh) -> None:
    target = settle(Options(host="wcs1", web_ssh=text), Redactor(), {}).target
    assert target.web_ssh == expected


def test_the_key_of_the_web_server_needs_the_web_server(tmp_path: Path) -> None:
    key = tmp_path / "key"
    key.write_text("-----BEGIN OPENSSH PRIVATE KEY-----\n")
    with pytest.raises(UsageError, match="needs --web-ssh"):
        settle(Options(host="wcs1", web_ssh_key=str(key)), Redactor(), {})


def test_the_web_server_is_not_offered_the_hosts_secrets() -> None:
    target = Target("wcs1", ssh_password=Secret("x"), web_ssh=WebSsh("web1", "root", 2222))
    machine = target.web_server
    assert machine is not None
    assert (machine.host, machine.ssh_user, machine.ssh_port) == ("web1", "root", 2222)
    assert machine.ssh_password is None
    assert Target("wcs1").web_server is None


def test_a_mistyped_variable_is_an_error_that_names_the_right_one() -> None:
    with pytest.raises(UsageError, match="WCSDIAG_SSH_PRT; did you mean WCSDIAG_SSH_PORT"):
        settle(Options(host="wcs1"), Redactor(), {"WCSDIAG_SSH_PRT": "1"})


def test_every_option_and_secret_may_be_a_variable() -> None:
    names = ("SSH_USER", "CONFIG", "PROFILE", "CHECKS_DIR", "SSH_PASSWORD", "CLI_PASSWORD")
    given = {f"WCSDIAG_{name}": "x" for name in names}

    assert settle(Options(host="wcs1"), Redactor(), given).target.host == "wcs1"


def test_the_example_of_the_docs_is_right(tmp_path: Path) -> None:
    example = CONFIGURATION.partition("```toml\n")[2].partition("```")[0]
    path = str(written(tmp_path, example))

    production = settle(Options(config=path, profile="production"), Redactor(), {})
    staging = settle(Options(config=path, profile="staging"), Redactor(), {})

    assert production.intent.expect_url == "https://web.example.com/hooks"
    assert staging.intent.rest is RestIntent.OFF
