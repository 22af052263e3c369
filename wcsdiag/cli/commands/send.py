"""`wcsdiag send`: synthetic hooks to a web server, and what is wrong with its answers."""

from __future__ import annotations

from typing import Annotated

import typer

from wcsdiag.cli.options import RUNNING, TARGET, TrafficOptions, option, with_options

_SCENARIO = typer.Argument(
    metavar="[SCENARIO]",
    help="connect (the hook alone), connection, registration, call, message, publish or "
    "play. Default: connect.",
    show_default=False,
)
_URL = option(
    TARGET,
    "--url",
    metavar="URL",
    about="The REST URL. Without --host hooks go there from this machine; with it, from the host. "
    "Default: that of the host's app.",
)
_COUNT = option(
    RUNNING, "--count", metavar="N", about="Send the scenario N times, and measure. Default: 1."
)
_RATE = option(
    RUNNING, "--rate", metavar="R", about="Hooks per second at most. Default with --count: 10."
)
_CONNECTIONS = option(
    RUNNING, "--connections", metavar="C", about="Connections at the same time. Default: 1."
)
_PLAIN = option(
    RUNNING,
    "--plain",
    about="The scenario alone: no `connect` on a second connection, none with wrong signatures.",
)


@with_options(TrafficOptions)
def command(
    scenario: Annotated[str | None, _SCENARIO] = None,
    *,
    url: Annotated[str | None, _URL] = None,
    count: Annotated[str | None, _COUNT] = None,
    rate: Annotated[str | None, _RATE] = None,
    connections: Annotated[str | None, _CONNECTIONS] = None,
    plain: Annotated[bool, _PLAIN] = False,
    options: TrafficOptions,
) -> int:
    """Send synthetic hooks as WCS would, and judge the answers.

    To --url URL from this machine, or with --host HOST from the host, as its WCS would.

    The key of signatures comes from WCSDIAG_HOOK_HASH_KEY, the REST user from WCSDIAG_REST_USER
    and WCSDIAG_REST_PASSWORD; with --host they default to those of the host's WCS.
    """
    from wcsdiag.cli.sending import Asked, send

    return send(Asked(scenario, url, count, rate, connections, plain), options)
