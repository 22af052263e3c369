"""Group FWL, firewall and ports: has the host a route to the web server at all."""

from __future__ import annotations

from wcsdiag.facts.routes import HostRoutes, Route, evidence_of
from wcsdiag.facts.way_out import OutWay, WayOut
from wcsdiag.model import (
    Evidence,
    Finding,
    Fix,
    Unavailable,
    Undetermined,
    failed,
    passed,
    undetermined,
)
from wcsdiag.registry import Observations, check
from wcsdiag.target import Target
from wcsdiag_checks.web_server_seen import NO_PATH, WRONG_URL


@check(
    "FWL106",
    "The host has a route to the web server",
    explained_by=(*WRONG_URL, "URL114", "WEB101"),
)
def has_route(target: Target, way_out: WayOut, routes: HostRoutes | Unavailable) -> Observations:
    """Without a route no packet leaves the host, and no firewall is to blame.

    A machine without IPv6 has no route to the IPv6 addresses of a name: that is no fault while
    the name has others.

    Fix
    ---
    Add the route where the system keeps its network configuration; to try it, until a restart::

        ip route get ADDRESS
        sudo ip route add ADDRESS via GATEWAY
    """
    for url in dict.fromkeys(way.url.url for way in way_out.ways):
        ways = way_out.of(url)
        known = [way.route for way in ways if way.route is not None]
        if not known:
            yield _unasked(url, ways, routes)
            continue
        assert isinstance(routes, HostRoutes)
        missing = [route for route in known if route.error]
        seen = evidence_of(routes.table, known)
        if len(missing) < len(known) or any(way.passed for way in ways):
            yield passed(_found(known), *seen, subject=url)
            continue
        places = " ".join(str(route.destination) for route in missing)
        yield failed(
            f"the host has no route to {places}: {missing[0].error}",
            *seen,
            subject=url,
            fix=_fix(target, missing),
        )


def _unasked(
    url: str, ways: tuple[OutWay, ...], routes: HostRoutes | Unavailable
) -> Finding | Undetermined:
    if not any(way.outcome in NO_PATH for way in ways) or any(way.passed for way in ways):
        tried = "\n".join(f"{way.address}: {way.outcome.value}" for way in ways)
        text = "nothing shows that a route is missing; the routes were not read"
        return passed(text, Evidence(tried, f"host: {url}"), subject=url)
    why = routes.reason if isinstance(routes, Unavailable) else "the host has no program `ip`"
    return undetermined(f"whether the host has a route is unknown: {why}", subject=url)


def _found(routes: list[Route]) -> str:
    ways = [
        f"{route.destination} by {route.device}"
        + (f" via {route.gateway}" if route.gateway else "")
        for route in routes
        if not route.error
    ]
    return f"the host has a route: {', '.join(ways)}"


def _fix(target: Target, missing: list[Route]) -> Fix:
    addresses = [str(route.destination) for route in missing]
    return Fix(
        "Give the host a route to the web server's network (GATEWAY is the router that knows it),"
        " or correct the address in the REST URL.",
        (
            *(f"ssh {target.host} ip route get {address}" for address in addresses),
            *(f"sudo ip route add {address} via GATEWAY" for address in addresses),
        ),
    )
