"""What `wcsdiag logs` was asked for, read and sent its way."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from wcsdiag.cli import values
from wcsdiag.cli.deliver_traffic import deliver_traffic
from wcsdiag.cli.file_kinds import FileKind, kind_of
from wcsdiag.cli.interrupts import Interrupts
from wcsdiag.cli.on_host import (
    could_not_tell,
    on_host,
    refuse_host_beside_files,
    require_host,
    show_debug_log,
)
from wcsdiag.cli.options import TrafficOptions, variable
from wcsdiag.cli.settings import TrafficOutput, settle_traffic_output
from wcsdiag.cli.status_line import StatusLine
from wcsdiag.cli.time_zones import Zone, local_zone
from wcsdiag.errors import UsageError
from wcsdiag.hooks.collector import TrafficCollector
from wcsdiag.hooks.exchange import Source
from wcsdiag.hooks.traffic import Traffic

_NO_LOGS = {FileKind.CAPTURE, FileKind.RECORDING}


@dataclass(frozen=True)
class Asked:
    """The command line's own words."""

    files: tuple[Path, ...]
    since: str | None
    zone: str | None
    follow: bool
    duration: str | None


def logs(asked: Asked, options: TrafficOptions) -> int:
    """Read logs, here or on the host; show their hooks; give the exit code.

    Raises `UsageError`.
    """
    output = settle_traffic_output(options)
    since = _since(asked)
    duration = values.at("--duration", values.duration, asked.duration) if asked.duration else None
    if duration is not None and not asked.follow:
        raise UsageError("--duration goes with --follow: how far back is --since")
    if since is not None and asked.follow:
        raise UsageError("--follow begins now: --since goes without it")
    if asked.zone is not None and not asked.files:
        raise UsageError("--zone is for files: a host is asked for its own time zone")
    if asked.files:
        refuse_host_beside_files(options)
    else:
        require_host(options, "a log of this machine: wcsdiag logs FILE")
    if asked.follow:
        from wcsdiag.cli.log_follow import follow_file, follow_on_host

        if asked.files:
            show_debug_log(options)
            return follow_file(asked.files, local_zone(asked.zone), duration, output)
        return follow_on_host(options, duration, output)
    if asked.files:
        show_debug_log(options)
        return _of_files(asked.files, local_zone(asked.zone), since, output)
    return _of_host(options, since, output)


def _of_files(
    paths: Sequence[Path], zone: Zone, since: timedelta | None, output: TrafficOutput
) -> int:
    from wcsdiag.facts.log_files import LogFiles

    began = None if since is None else datetime.now(UTC) - since
    place = ", ".join(map(str, paths))
    collector = TrafficCollector(Source.LOG, place, zone=zone.name)
    for path in paths:
        kind = kind_of(path)
        if kind in _NO_LOGS:
            raise UsageError(f"{path}: this is not a log of WCS: {kind.value}")
        if kind is FileKind.EMPTY:
            collector.note(f"{path} is empty")
    line, count = StatusLine(), 0
    with Interrupts() as interrupts:
        try:
            files = LogFiles(paths, zone.zone, began)
            exchanges = iter(files)
            while (exchange := interrupts.next_of(exchanges)) is not None:
                collector.add(exchange)
                count += 1
                line.show(f"{count} hooks read")
        except OSError as error:
            named = f"{error.filename}: " if error.filename else ""
            raise UsageError(f"{named}{error.strerror or error}") from error
        finally:
            line.close()
    if interrupts.asked:
        collector.note("interrupted: this is what was read by then")
    elif not files.understood and not count:
        raise UsageError(f"{place}: no line begins with a time: not a log of WCS")
    for contact in files.contacts:
        collector.add_contact(contact)
    for note in files.notes:
        collector.note(note)
    traffic = collector.traffic(files.began, files.ended)
    return deliver_traffic(traffic, output, was_interrupted=interrupts.asked)


def _of_host(options: TrafficOptions, since: timedelta | None, output: TrafficOutput) -> int:
    from wcsdiag.facts.hook_traffic import HookTraffic
    from wcsdiag.gathering import FactMissingError

    with on_host(options, (HookTraffic,), since=since) as known:
        try:
            found = known.facts.get(HookTraffic)
        except FactMissingError as error:
            return could_not_tell(error)
    traffic: Traffic = found.traffic
    return deliver_traffic(traffic, output, is_whole=found.is_complete)


def _since(asked: Asked) -> timedelta | None:
    """The variable is for hosts, as it is for checks: it must not cut a file."""
    if asked.since is not None:
        return values.at("--since", values.span, asked.since)
    text = "" if asked.files or asked.follow else os.environ.get(variable("since"), "")
    return values.at(variable("since"), values.span, text) if text else None
