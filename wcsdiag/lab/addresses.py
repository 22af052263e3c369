"""The lab's own loopback addresses, with every port that it needs bound on them.

The ports are those of a real WCS, so each lab takes addresses of its own in 127.0.0.0/8.
"""

from __future__ import annotations

import contextlib
import random
import socket
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum

from wcsdiag.lab.errors import LabError

_ATTEMPTS = 20
_BACKLOG = 128


class Place(Enum):
    """A machine or an interface of the lab, each with an address of its own."""

    PUBLIC = "the lab host, as others reach it"
    PRIVATE = "the lab host's 127.0.0.1"
    WEB_SERVER = "the web server"


@dataclass(frozen=True)
class Door:
    """One listening port."""

    place: Place
    port: int


@dataclass(frozen=True)
class Addresses:
    """The lab's addresses; `sockets` holds the listening socket of every door."""

    public: str
    private: str
    web_server: str
    sockets: Mapping[Door, socket.socket]

    def fill(self, text: str) -> str:
        """Put the addresses into a scenario's text."""
        return text.replace("{web}", self.web_server).replace("{public}", self.public)


def take_addresses(doors: Iterable[Door]) -> Addresses:
    """Choose addresses on which every door can be opened, and open them.

    Raises `LabError` where no addresses can be had: something listens on these ports on all
    addresses, or the system gives loopback no more than 127.0.0.1.
    """
    wanted = tuple(doors)
    error: OSError | None = None
    for _ in range(_ATTEMPTS):
        chosen = {place: _random_address() for place in Place}
        try:
            sockets = _open(wanted, chosen)
        except OSError as failure:
            error = failure
            continue
        return Addresses(
            chosen[Place.PUBLIC], chosen[Place.PRIVATE], chosen[Place.WEB_SERVER], sockets
        )
    raise LabError(
        f"the lab found no loopback addresses with its ports free: {error}",
        hint="It needs Linux, and no program that listens on WCS's ports on all addresses.",
    )


def _random_address() -> str:
    # Beyond 127.0.x.y, where systems keep their own names and resolvers.
    return f"127.{random.randint(16, 250)}.{random.randint(1, 250)}.{random.randint(2, 250)}"


def _open(doors: tuple[Door, ...], chosen: Mapping[Place, str]) -> dict[Door, socket.socket]:
    with contextlib.ExitStack() as opened:
        sockets: dict[Door, socket.socket] = {}
        for door in doors:
            listener = opened.enter_context(socket.socket(socket.AF_INET, socket.SOCK_STREAM))
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                listener.bind((chosen[door.place], door.port))
            except OSError as failure:
                place = f"{chosen[door.place]}:{door.port}"
                raise OSError(failure.errno, f"{failure.strerror} ({place})") from None
            listener.listen(_BACKLOG)
            sockets[door] = listener
        opened.pop_all()
        return sockets
