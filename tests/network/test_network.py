"""The network is what it says: who reaches whom, what a rule changes, and what stays behind."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.network.namespaces import Machine
from tests.network.needs import require_network
from tests.network.network import PLAIN_PORT, URL, WEB_PORT, Network, Plan, open_network
from tests.network.services import Wcs
from tests.network.wires import HOST, OPERATOR, WEB_SERVER

_TRY = """
import socket, sys
try:
    socket.create_connection((sys.argv[1], int(sys.argv[2])), float(sys.argv[3])).close()
    print("open")
except OSError as error:
    print(type(error).__name__ if not error.errno else error.strerror)
"""
_LONG_S = 20.0
_DROPPED_S = 1.0
_IN_DROPS = """
nft -f - <<'END'
table inet filter {
  chain input { type filter hook input priority filter; tcp dport 9091 drop; }
}
END
"""


@pytest.fixture
def network() -> Iterator[Network]:
    require_network()
    with open_network() as opened:
        yield opened


def attempt(machine: Machine, address: str, port: int, timeout_s: float = _LONG_S) -> str:
    """What connecting there gives: "open", or the literal error."""
    done = machine.run(sys.executable, "-c", _TRY, address, str(port), str(timeout_s))
    return done.stdout.strip() or done.stderr


def post(machine: Machine, url: str = URL) -> str:
    """The answer to a hook sent from a machine: status, type and body."""
    seen = r"%{http_code} %{content_type} "
    argv = ("curl", "-sS", "-m", "20", "-w", seen, "-d", '{"a":1}', f"{url}/connect")
    done = machine.run(*argv)
    return done.stdout + done.stderr


@pytest.mark.parametrize("family", ["IPv4", "IPv6"])
def test_operator_and_host_reach_the_web_server_and_the_operator_reaches_the_host(
    network: Network, family: str
) -> None:
    web = WEB_SERVER.address if family == "IPv4" else WEB_SERVER.address6
    host = HOST.address if family == "IPv4" else HOST.address6
    reached = {
        (machine.role, place): attempt(machine, address, port)
        for machine, place, address, port in (
            (network.operator, "hooks", web, WEB_PORT),
            (network.host, "hooks", web, WEB_PORT),
            (network.operator, "host's SSH", host, 22),
            (network.operator, "web server's SSH", web, 22),
            (network.web_server, "host's SSH", host, 22),
        )
    }
    assert set(reached.values()) == {"open"}, reached


def test_what_does_not_listen_for_others_refuses_them(network: Network) -> None:
    assert attempt(network.operator, HOST.address, 8443) == "open"
    assert attempt(network.host, "127.0.0.1", 2001) == "open"
    assert attempt(network.operator, HOST.address, 2001) == "Connection refused"
    assert attempt(network.host, WEB_SERVER.address, 9999) == "Connection refused"
    assert attempt(network.host, OPERATOR.address, 22) == "Connection refused"


def test_both_web_servers_answer_a_hook_with_its_body(network: Network) -> None:
    assert post(network.host) == '{"a":1}200 application/json '
    plain = f"http://{WEB_SERVER.address}:{PLAIN_PORT}/hooks"
    assert post(network.host, plain) == '{"a":1}200 application/json '


def test_names_of_a_machine_are_its_own(network: Network) -> None:
    network.host.names({"only.lab": ("203.0.113.77",)})
    assert "203.0.113.77" in network.host.sh("getent ahosts only.lab")
    assert network.operator.run("getent", "ahosts", "only.lab").returncode == 2
    assert "only.lab" not in Path("/etc/hosts").read_text()


def test_a_rule_in_the_hosts_output_stops_the_host_alone(network: Network) -> None:
    network.host.sh("iptables -A OUTPUT -p tcp --dport 9091 -j DROP")
    assert attempt(network.host, WEB_SERVER.address, WEB_PORT, _DROPPED_S) == "TimeoutError"
    assert attempt(network.operator, WEB_SERVER.address, WEB_PORT) == "open"
    network.host.sh("iptables -F OUTPUT")
    assert attempt(network.host, WEB_SERVER.address, WEB_PORT) == "open"


def test_a_rule_in_the_web_servers_input_stops_both(network: Network) -> None:
    network.web_server.sh(_IN_DROPS)
    for machine in (network.host, network.operator):
        assert attempt(machine, WEB_SERVER.address, WEB_PORT, _DROPPED_S) == "TimeoutError"
    assert attempt(network.host, WEB_SERVER.address, 22) == "open"


def test_a_rule_in_the_routers_forward_stops_what_passes(network: Network) -> None:
    network.router.sh("iptables -A FORWARD -i host -o web -p tcp --dport 9091 -j DROP")
    assert attempt(network.host, WEB_SERVER.address, WEB_PORT, _DROPPED_S) == "TimeoutError"
    assert attempt(network.operator, WEB_SERVER.address, WEB_PORT) == "open"


@pytest.mark.parametrize(
    ("kind", "error"),
    [
        ("icmp-port-unreachable", "Connection refused"),
        ("tcp-reset", "Connection refused"),
        ("icmp-host-prohibited", "No route to host"),
        ("icmp-net-unreachable", "Network is unreachable"),
    ],
)
def test_rejects_arrive_as_they_were_sent(network: Network, kind: str, error: str) -> None:
    network.router.sh(f"iptables -A FORWARD -p tcp --dport 9091 -j REJECT --reject-with {kind}")
    for _ in range(3):
        assert attempt(network.host, WEB_SERVER.address, WEB_PORT) == error


@pytest.mark.parametrize("masquerade", [False, True])
def test_the_web_server_sees_the_host_or_the_router_that_hides_it(*, masquerade: bool) -> None:
    require_network()
    with open_network(Plan(masquerade=masquerade)) as network:
        post(network.host)
        post(network.operator)
        assert network.access_log is not None
        seen = [line.split()[0] for line in network.access_log.read_text().splitlines()]
    assert seen == [f"{WEB_SERVER.ipv4}.1" if masquerade else HOST.address, OPERATOR.address]


def test_wcs_runs_as_another_user_than_root(network: Network) -> None:
    pid = (network.wcs_home / "bin/FlashphonerMainWebCallServer.pid").read_text().strip()
    assert Path(f"/proc/{pid}").stat().st_uid != 0
    at_host = network.host.sh(f"readlink /proc/{pid}/ns/net /proc/self/ns/net").split()
    assert len(set(at_host)) == 1


def test_ssh_ends_on_the_machine_with_its_own_rules_and_routes(network: Network) -> None:
    network.host.sh("iptables -A OUTPUT -p tcp --dport 4711 -j DROP")
    ssh = ("ssh", "-F", f"{network.home}/.ssh/config", "-o", "BatchMode=yes", "host.lab")
    seen = network.operator.run(*ssh, "iptables -S OUTPUT; ip -4 -o address show dev eth0")
    assert "--dport 4711 -j DROP" in seen.stdout, seen
    assert HOST.address in seen.stdout, seen


def test_the_healthy_network_is_healthy(network: Network) -> None:
    report = network.report()
    assert (report["verdict"], report["causes"]) == ("healthy", []), report


def test_a_web_server_that_does_not_run_is_found() -> None:
    require_network()
    refused = "java.net.ConnectException: Connection refused"
    plan = Plan(listen=(), wcs=Wcs(URL, failures=(refused,) * 4))
    with open_network(plan) as network:
        report = network.report()
    causes = report["causes"]
    assert isinstance(causes, list)
    assert [cause["code"] for cause in causes] == ["WEB102"], causes


@contextlib.contextmanager
def broken_off() -> Iterator[Network]:
    """A network whose block ends with an error."""
    with contextlib.suppress(ZeroDivisionError), open_network() as network:
        yield network
        raise ZeroDivisionError


def test_nothing_stays_behind_even_after_an_error() -> None:
    require_network()
    with broken_off() as network:
        spaces = [machine.namespace for machine in network.by_role.values()]
        network.host.sh("setsid sleep 600 >/dev/null 2>&1 &")
        pids = [pid for name in spaces for pid in _pids(name)]
        assert all((Path("/etc/netns", name) / "hosts").exists() for name in spaces)
        assert len(pids) >= 5
    listed = subprocess.run(["ip", "netns", "list"], capture_output=True, text=True, check=True)
    assert not any(name in listed.stdout for name in spaces)
    assert not any(Path("/etc/netns", name).exists() for name in spaces)
    assert not any(_runs(pid) for pid in pids)
    assert not network.home.exists()


def test_two_networks_at_once_know_nothing_of_each_other(network: Network) -> None:
    with open_network() as other:
        other.host.sh("iptables -A OUTPUT -p tcp --dport 9091 -j DROP")
        assert attempt(other.host, WEB_SERVER.address, WEB_PORT, _DROPPED_S) == "TimeoutError"
        assert attempt(network.host, WEB_SERVER.address, WEB_PORT) == "open"
    assert attempt(network.host, WEB_SERVER.address, WEB_PORT) == "open"


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder with a short path: nginx's socket in it must have one."""
    with tempfile.TemporaryDirectory(prefix="wcsdiag-", dir="/tmp") as name:
        yield Path(name)


@contextlib.contextmanager
def lab_net(folder: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """`make lab-net` with its instructions, once they are printed; its files are in `folder`."""
    command = [sys.executable, "-m", "tests.network"]
    files = {**os.environ, "TMPDIR": str(folder)}
    with subprocess.Popen(command, env=files, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        text = ""
        while "\nCtrl-C" not in text:
            line = process.stdout.readline()
            assert line, f"it ended: {text}"
            text += line
        yield process, text
        process.kill()


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM])
def test_the_network_for_a_person_says_what_to_do_and_ends_with_ctrl_c(
    folder: Path, ending: signal.Signals
) -> None:
    require_network()
    with lab_net(folder) as (process, text):
        space = f"wdnet-{process.pid}-1-host"
        process.send_signal(ending)
        rest, _ = process.communicate(timeout=30)
    assert (process.returncode, rest.strip()) == (0, "removed")
    assert space in text
    assert "wcsdiag all --host host.lab" in text
    assert not Path("/run/netns", space).exists()
    assert not list(folder.iterdir())


def test_what_a_killed_run_left_is_removed_by_the_next(folder: Path) -> None:
    require_network()
    with lab_net(folder) as (process, _):
        space = f"wdnet-{process.pid}-1-host"
        process.kill()
        process.wait()
    assert Path("/run/netns", space).exists()
    with open_network():
        assert not Path("/run/netns", space).exists()
        assert not Path("/etc/netns", space).exists()


def _runs(pid: str) -> bool:
    with contextlib.suppress(OSError):
        # What has ended may still wait for its parent to ask.
        return Path("/proc", pid, "stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False


def _pids(namespace: str) -> list[str]:
    command = ["ip", "netns", "pids", namespace]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
