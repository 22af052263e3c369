"""Destinations for tests of the sender."""

from __future__ import annotations

import socket
from dataclasses import replace

from tests.support_web import Behaviour
from wcsdiag.lifetime import Lifetime
from wcsdiag.net.network import OperatorNetwork
from wcsdiag.net.probe import Vantage
from wcsdiag.sender.destination import Destination
from wcsdiag.wcs.rest_url import parse_rest_url

KEY = "defaultApp"


def ending(lifetime: Lifetime) -> Behaviour:
    """The run is ended while somebody waits for an answer, and there is none."""

    def behave(connection: socket.socket, _request: bytes) -> None:
        lifetime.end()
        connection.recv(1)

    return behave


def destination(url: str, lifetime: Lifetime, **changes: object) -> Destination:
    """From this machine to `url`; `changes` are fields of `Destination`."""
    parsed = parse_rest_url(url).url
    assert parsed is not None
    plain = Destination(parsed, OperatorNetwork(lifetime), Vantage.OPERATOR)
    return replace(plain, **changes)  # type: ignore[arg-type]
