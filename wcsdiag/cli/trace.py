"""What `wcsdiag trace` was asked for, read and sent its way."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from wcsdiag.cli import values
from wcsdiag.cli.options import TrafficOptions
from wcsdiag.cli.scenarios import known_scenario
from wcsdiag.cli.settings import settle_traffic_output
from wcsdiag.errors import UsageError

MOST_HOOKS = 1_000_000_000
DEFAULT_DURATION = timedelta(seconds=60)


@dataclass(frozen=True)
class Asked:
    """The command line's own words."""

    files: tuple[Path, ...]
    live: bool
    ports: tuple[str, ...]
    count: str | None
    duration: str | None
    scenarios: tuple[str, ...]


def trace(asked: Asked, options: TrafficOptions) -> int:
    """Read the files, or capture; show what was seen; give the exit code. Raises `UsageError`."""
    output = settle_traffic_output(options)
    ports = frozenset(values.at("--port", values.port, port) for port in asked.ports)
    scenarios = tuple(known_scenario(name, option="--expect") for name in asked.scenarios)
    if asked.live == bool(asked.files):
        raise UsageError(
            "captures of the past are files, and --live is now: give one of them"
            if asked.live
            else "nothing to read: name a capture, or capture with --host HOST --live"
        )
    if asked.live:
        from wcsdiag.cli.trace_live import LiveLimits, trace_live

        limits = LiveLimits(
            values.at("--duration", values.duration, asked.duration)
            if asked.duration
            else DEFAULT_DURATION,
            values.at("--count", values.whole_number(MOST_HOOKS), asked.count)
            if asked.count
            else None,
        )
        return trace_live(ports, limits, scenarios, options, output)
    if asked.count or asked.duration:
        raise UsageError("--count and --duration go with --live: a file is read whole")
    from wcsdiag.cli.on_host import refuse_host_beside_files, show_debug_log
    from wcsdiag.cli.trace_files import trace_files

    refuse_host_beside_files(options)
    show_debug_log(options)
    return trace_files(asked.files, ports or None, scenarios, output)
