"""The options of `wcsdiag serve`, as given; `wcsdiag.cli.serving` reads them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from wcsdiag.cli.options import (
    FAULTS,
    JUDGEMENT,
    OUTPUT,
    RECORDING,
    RUNNING,
    TARGET,
    TrafficOutputOptions,
    option,
)


@dataclass(frozen=True, kw_only=True)
class ServeOptions(TrafficOutputOptions):
    """Every option of `serve`."""

    port: Annotated[
        str | None,
        option(
            TARGET,
            "--port",
            metavar="PORT",
            about="Where to listen; 0 takes a free port. Default: 9091.",
        ),
    ] = None
    bind: Annotated[
        str | None,
        option(
            TARGET,
            "--bind",
            metavar="ADDRESS",
            about="Listen there. Default: loopback alone, 127.0.0.1 and ::1.",
        ),
    ] = None
    forward: Annotated[
        str | None,
        option(
            TARGET,
            "--forward",
            metavar="URL",
            about="Pass each hook on to the web server with this REST URL, and give back its "
            "answer; both are shown.",
        ),
    ] = None
    expect: Annotated[
        list[str] | None,
        option(
            JUDGEMENT,
            "--expect",
            metavar="SCENARIO",
            about="What must come whole: connection, registration, call, message, publish or "
            "play; may be repeated.",
        ),
    ] = None
    count: Annotated[
        str | None,
        option(RUNNING, "--count", metavar="N", about="End after N hooks."),
    ] = None
    duration: Annotated[
        str | None,
        option(RUNNING, "--duration", metavar="DURATION", about="End after that time: 90s, 15m."),
    ] = None
    timeout: Annotated[
        str | None,
        option(
            RUNNING,
            "--timeout",
            metavar="DURATION",
            about="The longest wait for the web server of --forward. Default: 30s.",
        ),
    ] = None
    fault: Annotated[
        str | None,
        option(FAULTS, "--fault", metavar="NAME", about="Misbehave so, on purpose."),
    ] = None
    list_faults: Annotated[
        bool, option(FAULTS, "--list-faults", about="Name the faults, and serve nothing.")
    ] = False
    fault_every: Annotated[
        str | None,
        option(
            FAULTS,
            "--fault-every",
            metavar="N",
            about="Only with each Nth hook. Default: 1, with all.",
        ),
    ] = None
    fault_method: Annotated[
        list[str] | None,
        option(
            FAULTS,
            "--fault-method",
            metavar="METHOD",
            about="Only with hooks of this REST method; may be repeated.",
        ),
    ] = None
    delay: Annotated[
        str | None,
        option(
            FAULTS,
            "--delay",
            metavar="DURATION",
            about="How late `--fault slow` answers. Default: 20s, beyond the 15 s of WCS.",
        ),
    ] = None
    record: Annotated[
        Path | None,
        option(
            RECORDING,
            "--record",
            metavar="FILE",
            about="Write each hook and its answer there, for `wcsdiag replay`.",
        ),
    ] = None
    append: Annotated[
        bool, option(RECORDING, "--append", about="Go on with a recording that exists.")
    ] = False
    record_secrets: Annotated[
        bool,
        option(
            RECORDING,
            "--record-secrets",
            about="Record bodies as they are. Default: passwords and tokens masked.",
        ),
    ] = False
    verbose: Annotated[
        bool, option(OUTPUT, "--verbose", "-v", about="Show the bodies, secrets masked.")
    ] = False
