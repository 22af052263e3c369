"""`python -m tests.network.walkthrough --write | --check`: docs/walk-through.md from a real run.

As root. The text stands here, all that is quoted in it comes from the network of three machines.
"""

from __future__ import annotations

import argparse
import logging
import re
import sys
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from tests.network.namespaces import Machine
from tests.network.network import URL, Network, Plan, lacking, open_network
from tests.network.services import Wcs
from wcsdiag.lab.log_writer import hook_log
from wcsdiag.lab.scenario import LabApp, LabLog, Scenario

PAGE = Path(__file__).parents[2] / "docs" / "walk-through.md"

_RULES = """\
table inet egress {
  chain output {
    type filter hook output priority filter; policy accept;
    ct state established,related accept
    oifname "lo" accept
    ip daddr 203.0.113.0/24 jump to_web
  }
  chain to_web {
    tcp dport { 22, 80, 443 } accept
    icmp type echo-request accept
    drop comment "all that the web team asked for is above"
  }
}
"""
_PLAN = Plan(wcs=Wcs(URL, failures=("java.net.SocketTimeoutException: connect timed out",)))
_HOOK = ("curl", "-s", "-m", "3", "-o", "/dev/null", "-w", "%{http_code}\n", "-d", "{}")
_SHOWN_HOOK = f"curl -s -m 3 -o /dev/null -w '%{{http_code}}\\n' -d '{{}}' {URL}/connect"
_AFTER_FIX = "10s"

_TEXT = """\
<!-- Generated from a real run by `make walk-through`, as root: change it there. -->

# One blocked port, from symptom to fix

It is 03:12. Calls fail, and somebody says "the network is fine, I can open the URL". This is how
to get from there to one rule on one machine, and past it. If you have one minute, run
`wcsdiag all --host YOUR_HOST` and read the first block of [the report](#the-rule).

Three machines: the **operator**, where you sit; the **host** `host.lab` (198.51.100.2), which runs
WCS; the **web server** `web.lab` (203.0.113.2). The REST URL of the app is
`{url}`.

## The symptom

WCS's log on the host says that a hook went out, and that nothing came back:

```text
{log}
```

From your own machine the web server answers:

```text
operator$ {hook}
{from_operator}
```

From the host it does not. curl prints 000, gives up after its three seconds, and says no more
(exit code {exit_code}, time-out):

```text
host$ {hook}
{from_host}
```

Nothing answers: the packets may be dropped by the host's rules, by the web server's, or by any box
between. Whoever owns each of the three says that theirs is open. Do not ask; look.

## The rule

```text
operator$ wcsdiag all --host host.lab
{before}
```

Read the first block; the rest hangs on it.

- **What**: the first lines name the machine, the table, the chain and the rule. The hook ends at
  handle {handle} of the chain `to_web`.
- **How it comes there**: the first lines with a bar are the rules that this packet matched, the
  deciding one last. A rule in `output` sends all that goes to the web server's network into
  `to_web`, and `to_web` ends in a drop. Neither names port 9091: a search for the port finds
  nothing.
- **This explains**: the time-out, the failed hook in the log and the difference between the two
  vantages are effects. Mend the cause, and they go.

Your own curl proved nothing: WCS sends from the host, under the host's rules.

## The fix

The report has the command. It lets through this source to this destination and port, and nothing
else. wcsdiag only reads; you run it, as root, on the host:

```text
host# {fix}
```

It must come *before* the drop, so it is `insert` with that rule's handle, not `add`. It lasts until
the rules are loaded again: write it into the file that loads them, and tell its owner why.

## Is it over?

```text
host$ {hook}
{mended}
```

The log still remembers the failure. `--since` asks for the time after the fix alone:

```text
operator$ wcsdiag all --host host.lab --since {since}
{after}
```

Exit code 0. Go to bed.

## When the report cannot name the rule

- **FWL105 could not tell**: the SSH user may not read the rules. The report prints the line for
  sudoers that allows just that.
- **The host's rules let it out, and it still does not arrive** (FWL101): look at the other end as
  well, `--web-ssh USER@WEB`. Where the rules of both ends let it through, a box between them
  does not: take the report to whoever owns it.
- **No route** (FWL106): no firewall at all. `ip route get ADDRESS` on the host says the same.

## How this page was made

By a program, from one run in a network of three machines (network namespaces, real kernel, real
OpenSSH, nginx and nftables; WCS and its log are a stand-in). The command in *The fix* was taken
from the report and run as it is. Times, durations and ids are made alike, so that the page is the
same each time. The run was also told where the stand-in WCS is, and its CLI's password; after the
fix, the log got the hooks that a WCS would have sent. A test holds the page to a new run. These are
the host's rules, as they were loaded:

```text
{rules}
```

`sudo make lab-net` opens the same network for you. Without root, `wcsdiag demo --fault rule-drops`
shows a report of the same kind.
"""

# What differs from run to run, and what stands for it.
_ALIKE = (
    (r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", "2026-01-15 03:12:00"),
    (r"\b\d\d:\d\d:\d\d,\d{3}", "03:11:42,000"),
    (r"(?<!\d )\b\d\d:\d\d:\d\d\b(?!,)", "03:11:42"),
    (r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "5f0c2a34-0c55-4d0e-9a59-3c1f6a7be210"),
    (r"UTC, \d+\.\d s,", "UTC, 6.0 s,"),
)


@dataclass(frozen=True)
class _Answer:
    """What a hook by curl gives: the status that it prints, and its own exit code."""

    status: str
    exit_code: int


def page() -> str:
    """The whole page, from a run of its own. Raises `AssertionError` where it goes otherwise."""
    with open_network(_PLAN) as network:
        network.host.sh(f"nft -f - <<'END'\n{_RULES}END\n")
        log = _failure_in_log(network)
        from_operator, from_host = _hook(network.operator), _hook(network.host)
        before = _report(network, code=1)
        fix = fix_in(before)
        network.host.sh(fix)
        mended = _hook(network.host)
        _let_wcs_go_on(network)
        after = _report(network, "--since", _AFTER_FIX, code=0)
    handle = re.search(r"handle (\d+)", fix)
    assert handle is not None, fix
    assert (from_operator.status, from_host.status, mended.status) == ("200", "000", "200")
    return _TEXT.format(
        url=URL,
        log=alike(log),
        hook=_SHOWN_HOOK,
        from_operator=from_operator.status,
        from_host=from_host.status,
        exit_code=from_host.exit_code,
        before=alike(before),
        handle=handle[1],
        fix=fix,
        mended=mended.status,
        since=_AFTER_FIX,
        after=alike(after),
        rules=_RULES.strip(),
    )


def fix_in(report: str) -> str:
    """The one command under "To do" of the first cause."""
    commands = re.findall(r"^    (nft .*)$", report, re.MULTILINE)
    assert len(commands) == 1, report
    return str(commands[0])


def alike(text: str) -> str:
    """The text without what differs from run to run."""
    for pattern, instead in _ALIKE:
        text = re.sub(pattern, instead, text)
    return text.strip()


def _hook(machine: Machine) -> _Answer:
    done = machine.run(*_HOOK, f"{URL}/connect")
    return _Answer(done.stdout.strip(), done.returncode)


def _report(network: Network, *arguments: str, code: int) -> str:
    done = network.wcsdiag("all", *arguments)
    assert done.returncode == code, f"exit code {done.returncode}: {done.stdout}{done.stderr}"
    return done.stdout


def _log(network: Network) -> Path:
    return network.wcs_home / Scenario().generation.hook_log


def _failure_in_log(network: Network) -> str:
    """The hook that failed: what its thread sent, and what came of it."""
    records = re.split(r"(?m)^(?=\d\d:\d\d:\d\d,)", _log(network).read_text())
    failed = next(record for record in records if "Got exception in REST" in record)
    thread = failed.split()[4]
    sent = [record for record in records if f"{thread} SEND REST OBJECT" in record]
    return "\n".join(line.rstrip() for line in (sent[-1] + failed).splitlines())


def _let_wcs_go_on(network: Network) -> None:
    """The stand-in WCS sends nothing by itself: give its log one session that went well."""
    scenario = Scenario(log=LabLog(sessions=1))
    now = datetime.now().astimezone().replace(tzinfo=None)
    with _log(network).open("a") as log:
        log.write(hook_log(scenario, (LabApp(url=URL),), now))


def main() -> int:
    """Do what the command line asks for."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.network.walkthrough", description=__doc__
    )
    wanted = parser.add_mutually_exclusive_group(required=True)
    wanted.add_argument("--write", action="store_true")
    wanted.add_argument("--check", action="store_true")
    arguments = parser.parse_args()
    problem = lacking()
    if problem:
        print(problem, file=sys.stderr)
        return 2
    # A probe that leaves the stand-in CLI at once is no news.
    logging.getLogger("paramiko").addHandler(logging.NullHandler())
    text = page()
    if arguments.write:
        PAGE.write_text(text, encoding="utf-8")
    elif not PAGE.is_file() or PAGE.read_text(encoding="utf-8") != text:
        print(f"{PAGE.name} is not current: run `make walk-through` as root", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
