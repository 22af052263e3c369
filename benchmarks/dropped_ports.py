"""What dropped ports cost: the same run, healthy and with the ports of all REST URLs dropped.

In a network of namespaces, since only a rule of the kernel drops without an answer.
"""

from __future__ import annotations

import contextlib
import statistics
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from benchmarks.measure import Contender, run
from benchmarks.startup import PROGRAM
from tests.network.namespaces import Machine
from tests.network.network import HOST_NAME, WEB_NAME, Network, Plan, open_network
from tests.network.services import Wcs
from tests.network.wires import WEB_SERVER

TIMEOUT_S = 5.0
LIMIT = 1.5
"""Of --timeout: one of it is waited once, the rest is for judging what was seen."""

# More probes from both vantages than would be waited for one after another.
PORTS = (9091, *range(9101, 9110))
_URLS = tuple(f"http://{WEB_NAME}:{port}/hooks" for port in PORTS)
_LISTED = ", ".join(map(str, PORTS))
_DROP = """
nft -f - <<'END'
table inet benchmark {{
  chain c {{ type filter hook {chain}; }}
}}
END
"""
_PASS = "nft delete table inet benchmark"
_WITH_WEB_SSH = ("--web-ssh", f"root@{WEB_NAME}")


@dataclass(frozen=True)
class Drop:
    """A base chain of a machine that drops: hook, priority and rule."""

    machine: Machine
    chain: str


@dataclass(frozen=True)
class Cost:
    """Median seconds of both runs, and the median of their differences as a multiple of --timeout.

    `name` is the command.
    """

    name: str
    healthy_s: float
    dropped_s: float
    timeouts: float

    @property
    def broken(self) -> str:
        """How it breaks the limit, in one line; empty where it does not."""
        if self.timeouts <= LIMIT:
            return ""
        return f"{self.name}, dropped ports: {self.timeouts:.2f} --timeout, limit {LIMIT:.2f}"


def measured(rounds: int) -> tuple[Cost, ...]:
    """The costs without and with a way onto the web server's machine, and if the host drops all."""
    listen = tuple(map(str, PORTS))
    plan = Plan(wcs=Wcs(_URLS[0], more_urls=_URLS[1:]), listen=listen)
    with open_network(plan) as network:
        return (
            _cost("`wcsdiag all`", network, (), _at_web_server(network), rounds),
            _cost("with `--web-ssh`", network, _WITH_WEB_SSH, _at_web_server(network), rounds),
            _cost("and dropped by the host", network, _WITH_WEB_SSH, _at_host(network), rounds),
        )


def table(costs: Sequence[Cost]) -> str:
    """The result as a Markdown table."""
    lines = ["| | healthy | dropped | more, in `--timeout` |", "|---|---:|---:|---:|"]
    lines += [
        f"| {cost.name} | {cost.healthy_s * 1000:.0f} ms | {cost.dropped_s * 1000:.0f} ms"
        f" | {cost.timeouts:.2f} |"
        for cost in costs
    ]
    return "\n".join(lines) + "\n"


def _at_web_server(network: Network) -> Drop:
    return Drop(network.web_server, f"input priority 0; tcp dport {{ {_LISTED} }} drop")


def _at_host(network: Network) -> Drop:
    """All that goes to the web server, its SSH as well."""
    return Drop(network.host, f"output priority 0; ip daddr {WEB_SERVER.address} drop")


def _cost(name: str, network: Network, more: tuple[str, ...], drop: Drop, rounds: int) -> Cost:
    argv = network.operator.command(
        *(PROGRAM, "all", "--host", HOST_NAME, "--wcs-home", str(network.wcs_home)),
        *("--timeout", f"{TIMEOUT_S:.0f}s", *more),
    )
    healthy, dropped = (
        Contender(f"{name}, {state}", argv, network.environment, (code,))
        for state, code in (("healthy", 0), ("dropped", 1))
    )
    run(healthy)
    times = [(run(healthy), _run_dropped(drop, dropped)) for _ in range(rounds)]
    return Cost(
        name,
        statistics.median(fine for fine, _ in times),
        statistics.median(late for _, late in times),
        statistics.median((late - fine) / TIMEOUT_S for fine, late in times),
    )


def _run_dropped(drop: Drop, contender: Contender) -> float:
    with _dropping(drop):
        return run(contender)


@contextlib.contextmanager
def _dropping(drop: Drop) -> Iterator[None]:
    drop.machine.sh(_DROP.format(chain=drop.chain))
    try:
        yield
    finally:
        drop.machine.sh(_PASS)
