"""The stand-in CLI: login, exec, shell, layouts, and its troubles."""

from __future__ import annotations

import re
import subprocess

import paramiko
import pytest

from tests.lab.clients import cli_login, execute, read_until
from tests.support import require_tool
from wcsdiag.lab.fault import VERSION_WITH_MANAGER
from wcsdiag.lab.lab import open_lab, open_scenario
from wcsdiag.lab.scenario import AppIdentifier, CliTrouble, LabApp, LabCli, Layout, Scenario
from wcsdiag.wcs.generation import Generation

APP = LabApp("callsApp", "callsKey", "http://{web}:9091/calls", ("connect", "call"))
MANAGER = Generation.WITH_MANAGER


def playing(cli: LabCli, app: LabApp = APP) -> Scenario:
    return Scenario(apps=(app,), cli=cli)


def shell_of(transport: paramiko.Transport) -> paramiko.Channel:
    channel = transport.open_session()
    channel.get_pty(width=500)
    channel.invoke_shell()
    return channel


@pytest.mark.parametrize("layout", Layout)
@pytest.mark.parametrize("command", ["show apps", "show apps -d"])
def test_every_layout_shows_name_key_and_url(layout: Layout, command: str) -> None:
    with open_scenario(playing(LabCli(layout=layout))) as lab, cli_login(lab) as cli:
        ran = execute(cli, command)
        url = f"http://{lab.addresses.web_server}:9091/calls"
    assert ran.status == 0
    assert all(word in ran.stdout for word in ("callsApp", "callsKey", url))


def test_details_show_the_rest_user() -> None:
    app = LabApp(rest_username="hooks", rest_password="lab-hook-password")
    with open_scenario(playing(LabCli(), app)) as lab, cli_login(lab) as cli:
        assert "hooks" in execute(cli, "show apps --detail").stdout
        assert "lab-hook-password" not in execute(cli, "show apps").stdout


def test_the_layouts_differ() -> None:
    outputs = set()
    for layout in Layout:
        with open_scenario(playing(LabCli(layout=layout))) as lab, cli_login(lab) as cli:
            outputs.add(execute(cli, "show apps -d").stdout)
    assert len(outputs) == len(Layout)


@pytest.mark.parametrize(
    ("takes", "by_name", "by_key"),
    [
        (AppIdentifier.EITHER, True, True),
        (AppIdentifier.NAME, True, False),
        (AppIdentifier.KEY, False, True),
    ],
)
def test_methods_are_asked_for_by_name_or_key(
    takes: AppIdentifier, by_name: bool, by_key: bool
) -> None:
    scenario = playing(LabCli(takes=takes, layout=Layout.LINES))
    with open_scenario(scenario) as lab, cli_login(lab) as cli:
        for word, known in (("callsApp", by_name), ("callsKey", by_key)):
            ran = execute(cli, f"show app-rest-methods {word}")
            assert ran.stdout == "connect\ncall\n" if known else ran.stdout.startswith("Error")


def test_settings_rest_methods_help_and_filter() -> None:
    with open_lab() as lab, cli_login(lab) as cli:
        assert execute(cli, "show node-settings | grep .port").stdout.splitlines() == [
            "ws.port=8080",
            "wss.port=8443",
            "http.port=8081",
            "https.port=8444",
        ]
        assert "StreamStatusEvent" in execute(cli, "show rest-methods").stdout
        assert "show apps" in execute(cli, "help").stdout


@pytest.mark.parametrize("command", ["remove app callsApp", "show", "show 'apps", "reboot"])
def test_other_commands_are_errors(command: str) -> None:
    with open_lab() as lab, cli_login(lab) as cli:
        ran = execute(cli, command)
    assert ran.status == 1
    assert ran.stdout.startswith("Error: ")


@pytest.mark.parametrize(
    ("scenario", "prompt"),
    [
        (Scenario(cli=LabCli(gives_exec=False)), "% "),
        (
            Scenario(
                generation=MANAGER, version=VERSION_WITH_MANAGER, cli=LabCli(gives_exec=False)
            ),
            "> ",
        ),
    ],
)
def test_the_shell_echoes_answers_and_prompts(scenario: Scenario, prompt: str) -> None:
    with open_scenario(scenario) as lab, cli_login(lab) as cli:
        with pytest.raises(paramiko.SSHException):
            cli.open_session().exec_command("show apps")
        channel = shell_of(cli)
        assert read_until(channel, prompt) == prompt
        channel.sendall(b"show apps\n")
        screen = read_until(channel, f"\r\n{prompt}")
        assert screen.startswith("show apps\r\n+")
        assert "defaultApp" in screen
        channel.sendall(b"exit\r\n")
        assert channel.recv_exit_status() == 0


def test_a_paging_shell_waits_for_a_key_after_each_page() -> None:
    cli_spec = LabCli(page_lines=5, layout=Layout.LINES, coloured=True)
    with open_scenario(Scenario(cli=cli_spec)) as lab, cli_login(lab) as cli:
        channel = shell_of(cli)
        assert "\x1b[" in read_until(channel, "% ".strip())
        channel.sendall(b"show rest-methods\r")
        first = read_until(channel, "--More--")
        channel.sendall(b" ")
        second = read_until(channel, "--More--")
        channel.sendall(b"q")
        rest = read_until(channel, "%")
    assert len(re.findall(r"\r\n", first)) == 6
    assert len(re.findall(r"\r\n", second)) == 5
    assert "Event" not in rest


def test_a_wrong_password_is_refused() -> None:
    with (
        open_lab() as lab,
        pytest.raises(paramiko.AuthenticationException),
        cli_login(lab, "admin"),
    ):
        pass


def test_the_operators_password_may_be_wrong() -> None:
    with (
        open_lab("cli-password-wrong") as lab,
        pytest.raises(paramiko.AuthenticationException),
        cli_login(lab),
    ):
        pass


@pytest.mark.parametrize("gives_exec", [True, False])
def test_a_flood_does_not_stop_and_ends_with_the_client(gives_exec: bool) -> None:
    spec = LabCli(trouble=CliTrouble.FLOOD, gives_exec=gives_exec)
    with open_scenario(Scenario(cli=spec)) as lab, cli_login(lab) as cli:
        channel = cli.open_session()
        channel.settimeout(10)
        if gives_exec:
            channel.exec_command("show apps")
        else:
            channel.get_pty()
            channel.invoke_shell()
            channel.sendall(b"show apps\r")
        taken = 0
        while taken < 3_000_000:
            taken += len(channel.recv(65536))
        channel.close()


def test_a_silent_cli_takes_the_login_and_says_nothing() -> None:
    spec = LabCli(trouble=CliTrouble.SILENT)
    with open_scenario(Scenario(cli=spec)) as lab, cli_login(lab) as cli:
        channel = shell_of(cli)
        channel.settimeout(0.2)
        with pytest.raises(TimeoutError):
            channel.recv(1)


def test_a_legacy_cli_offers_outdated_algorithms_alone() -> None:
    with open_scenario(Scenario(cli=LabCli(legacy=True))) as lab:
        place = ["-p", "2001", f"admin@{lab.addresses.private}", "exit"]
        options = ["-F", "none", "-o", "BatchMode=yes", "-o", "StrictHostKeyChecking=no"]
        options += ["-o", "UserKnownHostsFile=/dev/null"]
        legacy = ["KexAlgorithms=+diffie-hellman-group14-sha1", "HostKeyAlgorithms=+ssh-rsa"]
        legacy += ["Ciphers=+aes128-cbc"]
        allowed = [word for option in legacy for word in ("-o", option)]
        modern = _ssh(*options, *place)
        outdated = _ssh(*options, *allowed, *place)
    assert "no matching key exchange method found" in modern
    assert "Permission denied (password)" in outdated


def _ssh(*arguments: str) -> str:
    command = [require_tool("ssh"), *arguments]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)
    return ran.stderr


def test_a_closed_cli_refuses_connections() -> None:
    with (
        open_lab("cli-closed") as lab,
        pytest.raises(paramiko.ChannelException),
        cli_login(lab),
    ):
        pass
