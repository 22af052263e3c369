"""Several places of a file on the host, read by one command: a round trip may take long."""

from __future__ import annotations

from collections.abc import Sequence

from wcsdiag.host.interface import DEFAULT_LIMIT, Host, HostError
from wcsdiag.logs.window import PROBE, Place

# `dd` seeks in a file that it opens as its input; each place has a fixed length, so that nothing
# in the file can be taken for a separator.
_READ = (
    "log=%s; for place in $(echo %s); do "
    'dd bs=%s skip="${place%%%%:*}" count="${place#*:}" < "$log" 2>/dev/null || exit 1; done'
)


def read_places(host: Host, path: str, places: Sequence[Place], *, root: bool) -> list[bytes]:
    """The bytes of each place, in the same order; the last alone may end before its limit.

    Where one command cannot do it, each is read alone. Raises `HostError`.
    """
    found = None if host.is_local else _at_once(host, path, places, root=root)
    if found is not None:
        return found
    return [host.read(path, offset=place.offset, limit=place.limit, root=root) for place in places]


def _at_once(host: Host, path: str, places: Sequence[Place], *, root: bool) -> list[bytes] | None:
    """None where what came is not exactly what was asked for."""
    wanted = " ".join(f"{place.offset // PROBE}:{place.limit // PROBE}" for place in places)
    most = sum(place.limit for place in places)
    if most > DEFAULT_LIMIT:
        return None
    try:
        result = host.run(_READ, path, wanted, str(PROBE), root=root, limit=most)
    except HostError:
        # Whatever it was, reading each place alone meets it too, and says it of the file.
        return None
    data = result.stdout
    if result.exit_status != 0 or len(data) <= most - places[-1].limit:
        return None
    blocks, begin = [], 0
    for place in places:
        blocks.append(data[begin : begin + place.limit])
        begin += place.limit
    return blocks
