"""The lab host: SSH login, commands, and the programs that stand first in its PATH."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import paramiko
import pytest

from tests.lab.clients import execute, has_ended, host_login, on_host, open_ssh, read_until
from tests.support import require_root
from wcsdiag.lab.lab import open_lab, open_scenario
from wcsdiag.lab.scenario import LabHost, Scenario, Sudo
from wcsdiag.lab.shims import write_shims


def test_a_command_gives_both_outputs_and_its_status() -> None:
    with open_lab() as lab:
        ran = on_host(lab, "echo out; echo err >&2; exit 7")
    assert (ran.status, ran.stdout, ran.stderr) == (7, "out\n", "err\n")


def test_the_openssh_client_gets_in_with_the_labs_key_and_known_hosts() -> None:
    with open_lab() as lab:
        ran = open_ssh(lab, "printf '%s|' a 'b c'; cat; exit 3")
    assert (ran.returncode, ran.stdout) == (3, "a|b c|")


def test_a_command_reads_what_the_client_sends_until_the_client_ends_it() -> None:
    with open_lab() as lab, host_login(lab) as transport:
        channel = transport.open_session()
        channel.exec_command("head -n 1; cat; echo ended")
        channel.sendall(b"first\n")
        assert read_until(channel, "\n") == "first\n"
        channel.shutdown_write()
        assert read_until(channel, "ended\n") == "ended\n"


def test_many_commands_on_one_connection_keep_apart() -> None:
    with open_lab() as lab, host_login(lab) as transport:
        outputs = [execute(transport, f"echo {number}").stdout for number in range(20)]
    assert outputs == [f"{number}\n" for number in range(20)]


def test_a_large_output_arrives_whole() -> None:
    with open_lab() as lab:
        ran = on_host(lab, "head -c 5000000 /dev/zero")
    assert len(ran.stdout) == 5_000_000


def test_another_key_is_refused() -> None:
    with open_lab() as lab, open_lab() as other:
        transport = paramiko.Transport((lab.target.host, 2222))
        key = paramiko.ECDSAKey.from_private_key_file(str(other.target.ssh_key))
        with pytest.raises(paramiko.AuthenticationException):
            transport.connect(username="wcs", pkey=key)
        transport.close()


def test_a_command_ends_with_its_channel() -> None:
    with open_lab() as lab, host_login(lab) as transport:
        channel = transport.open_session()
        channel.exec_command("echo $$; exec sleep 60")
        pid = int(read_until(channel, "\n"))
        channel.close()
        assert has_ended(pid)


def test_a_command_ends_with_the_lab() -> None:
    with open_lab() as lab, host_login(lab) as transport:
        channel = transport.open_session()
        channel.exec_command("sleep 60 & echo $!; wait")
        pid = int(read_until(channel, "\n"))
    assert has_ended(pid)


def test_ss_shows_the_labs_sockets_as_the_host_has_them() -> None:
    with open_lab() as lab:
        lines = on_host(lab, "ss -H -tln").stdout.splitlines()
        headed = on_host(lab, "ss -tln").stdout.splitlines()
    listening = {line.split()[3] for line in lines}
    assert {"0.0.0.0:2222", "0.0.0.0:8080", "0.0.0.0:8443", "0.0.0.0:8081"} <= listening
    assert {"127.0.0.1:2001", "127.0.0.1:50999"} <= listening
    assert not any(address.endswith(":9091") for address in listening)
    assert headed[0].startswith("State")
    assert headed[1:] == lines


def test_getent_knows_the_labs_names_and_addresses_and_no_others() -> None:
    names = {"web.lab": ("{web}",), "web6.lab": ("2001:db8::9",)}
    with open_scenario(Scenario(host=LabHost(names=names))) as lab:
        web = lab.addresses.web_server
        assert on_host(lab, "getent ahosts web.lab").stdout.split()[:2] == [web, "STREAM"]
        assert "2001:db8::9" in on_host(lab, "getent ahosts web6.lab").stdout
        assert on_host(lab, "getent ahostsv4 web6.lab").stdout == ""
        assert "127.0.0.1" in on_host(lab, "getent ahosts localhost").stdout
        assert on_host(lab, f"getent ahosts {web}").stdout.split()[0] == web
        assert on_host(lab, "getent ahosts 2001:db8::1").stdout.split()[0] == "2001:db8::1"
        unknown = on_host(lab, "getent ahosts web.invalid")
        assert (unknown.status, unknown.stdout) == (2, "")
        assert on_host(lab, "getent passwd root").stdout.startswith("root:")


@pytest.mark.parametrize(
    ("allowed", "echo", "rules"),
    [(Sudo.EVERYTHING, 0, 0), (Sudo.RULES, 1, 0), (Sudo.NOTHING, 1, 1)],
)
def test_sudo_allows_or_refuses_as_the_scenario_says(allowed: Sudo, echo: int, rules: int) -> None:
    with open_scenario(Scenario(host=LabHost(sudo=allowed, rules="*filter\nCOMMIT\n"))) as lab:
        ran = on_host(lab, "sudo -n -- echo done")
        read = on_host(lab, "sudo -n iptables-save -c")
    assert (ran.status, ran.stdout) == (echo, "" if echo else "done\n")
    assert (read.status, read.stdout) == (rules, "" if rules else "*filter\nCOMMIT\n")


@pytest.mark.parametrize(
    ("command", "status", "refusal"),
    [
        ("nft -j list ruleset", 1, "(you must be root)\nnetlink: Error: cache initialization"),
        ("iptables-save -c", 4, "iptables-save v1.8.9 (nf_tables): Could not fetch rule set"),
        ("ip6tables-nft-save -c", 4, "ip6tables-save v1.8.9 (nf_tables): Could not fetch"),
        ("iptables-legacy-save -c", 1, "names in /proc/net/ip_tables_names: Permission denied"),
        ("ipset save", 1, "Kernel error received: Operation not permitted"),
    ],
)
def test_rules_are_refused_without_sudo(command: str, status: int, refusal: str) -> None:
    with open_scenario(Scenario(host=LabHost(rules="*filter\nCOMMIT\n"))) as lab:
        ran = on_host(lab, command)
    assert (ran.status, ran.stdout) == (status, "")
    assert refusal in ran.stderr


@pytest.mark.parametrize(("sudo", "shown"), [(Sudo.RULES, "*filter\n"), (Sudo.NOTHING, "")])
def test_a_lab_that_stays_root_shows_its_rules_where_sudo_would(
    sudo: Sudo, shown: str, tmp_path: Path
) -> None:
    require_root()
    write_shims(
        tmp_path / "bin",
        sockets=(),
        names={},
        sudo=sudo,
        disk_full=False,
        rules="*filter\n",
        public="127.16.1.2",
        unreachable=(),
    )
    ran = subprocess.run(
        [tmp_path / "bin/iptables-save", "-c"], capture_output=True, text=True, check=False
    )
    assert ran.stdout == shown


def test_ip_shows_the_labs_addresses_and_routes() -> None:
    with open_lab() as lab, open_lab("no-route") as cut_off:
        public, web = lab.addresses.public, lab.addresses.web_server
        (route,) = json.loads(on_host(lab, f"ip -j route get {web}").stdout)
        addresses = on_host(lab, "ip -o addr show").stdout
        refused = on_host(cut_off, f"ip route get {cut_off.addresses.web_server}")
        other = on_host(lab, "ip -j route get 2001:db8::1")
    assert (route["dst"], route["dev"], route["prefsrc"]) == (web, "eth0", public)
    assert f"eth0    inet {public}/24" in addresses
    assert refused.status == other.status == 2
    assert refused.stderr == "RTNETLINK answers: Network is unreachable\n"


def test_df_shows_room_unless_the_disk_is_full() -> None:
    with open_lab() as lab, open_lab("disk-full") as full:
        assert on_host(lab, "df -P -k /").stdout.splitlines()[1].split()[4] == "24%"
        assert on_host(full, "df -P -k /").stdout.splitlines()[1].split()[3:5] == ["0", "100%"]
        assert on_host(full, "df -P -i /").stdout.splitlines()[1].split()[4] == "6%"


def test_wcs_runs_as_a_process_with_the_command_line_of_java() -> None:
    with open_lab() as lab:
        (pid,) = lab.pids
        home = lab.home
        noted = on_host(lab, f"cat {home}/bin/FlashphonerMainWebCallServer.pid").stdout
        command = on_host(lab, f"tr '\\0' ' ' </proc/{pid}/cmdline").stdout.split()
        limit = on_host(lab, f"grep 'open files' /proc/{pid}/limits").stdout.split()
        files = on_host(lab, f"ls /proc/{pid}/fd").stdout.split()
    assert int(noted) == pid
    assert command[0] == "java"
    assert command[-3:] == ["-cp", f"{home}/lib/*", "com.flashphoner.server.Server"]
    assert limit[3] == "20000"
    assert len(files) >= 3


def test_wcs_with_manager_has_two_processes_until_the_manager_is_dead() -> None:
    with open_lab(variant="wcs-with-manager") as lab, open_lab("manager-dead") as dead:
        assert len(lab.pids) == 2
        assert len(dead.pids) == 1
        assert "127.0.0.1:1099 " in on_host(lab, "ss -H -tln").stdout
        assert "127.0.0.1:1099 " not in on_host(dead, "ss -H -tln").stdout


def test_a_lab_of_root_runs_commands_as_another_user() -> None:
    require_root()
    with open_lab() as lab:
        assert on_host(lab, "id -u").stdout.strip() not in {"0", str(os.geteuid())}
