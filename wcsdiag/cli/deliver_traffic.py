"""Bring hook traffic to where it was asked for."""

from __future__ import annotations

import os
import sys

from wcsdiag.cli.debug import current_redactor
from wcsdiag.cli.messages import tell
from wcsdiag.cli.settings import TrafficOutput
from wcsdiag.cli.stream import look_of, write_file, write_out
from wcsdiag.hooks.traffic import Flow, Traffic
from wcsdiag.report.page import Look

INTERRUPTED = 130
UNDETERMINED = 3

_EXIT_CODES = {Flow.HEALTHY: 0, Flow.UNHEALTHY: 1, Flow.UNKNOWN: UNDETERMINED}


def traffic_exit_code(
    traffic: Traffic, *, is_whole: bool = True, was_interrupted: bool = False
) -> int:
    """The exit code, the same in every format. What is not whole cannot be called healthy."""
    if was_interrupted:
        return INTERRUPTED
    code = _EXIT_CODES[traffic.flow]
    return code if is_whole or code else UNDETERMINED


def rendered_traffic(traffic: Traffic, output: TrafficOutput) -> str:
    """The finished output, looked through once more for every secret that was learned."""
    from wcsdiag.report.traffic import traffic_renderer

    look = Look() if output.file else look_of(sys.stdout, os.environ)
    renderer = traffic_renderer(output.format, look)
    return current_redactor().scan(renderer.render(traffic), renderer.spoken)


def deliver_traffic(
    traffic: Traffic,
    output: TrafficOutput,
    *,
    is_whole: bool = True,
    was_interrupted: bool = False,
) -> int:
    """Print or write the traffic, and give the exit code."""
    text = rendered_traffic(traffic, output)
    if output.file is None:
        write_out(text)
    else:
        write_file(output.file, text)
        tell(f"{traffic.flow.value}; the traffic is in {output.file}")
    return traffic_exit_code(traffic, is_whole=is_whole, was_interrupted=was_interrupted)
