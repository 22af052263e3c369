"""FWL106: the host's route to the web server."""

from __future__ import annotations

from dataclasses import replace

from wcsdiag_checks.routes import has_route

from tests.checks.firewall_facts import route, way_out
from tests.checks.web_facts import TARGET
from wcsdiag.facts.routes import HostRoutes, RouteTable
from wcsdiag.facts.way_out import WayOut
from wcsdiag.model import CheckResult, Run, Status, Unavailable
from wcsdiag.net.probe import Outcome
from wcsdiag.testing import absent, judge

ROUTES = HostRoutes(RouteTable("host", {}))
MISSING = route("RTNETLINK answers: Network is unreachable")


def result_of(ways: WayOut) -> CheckResult:
    return judge(has_route, TARGET, ways, ROUTES)


def test_given_a_route_then_it_passes_with_the_kernels_answer() -> None:
    result = result_of(way_out(Outcome.OK, None))
    assert result.status is Status.PASS
    assert "via 198.51.100.1" in result.findings[0].summary


def test_given_no_route_then_it_fails_and_no_firewall_is_blamed() -> None:
    result = result_of(way_out(Outcome.NET_UNREACHABLE, None, known_route=MISSING))
    assert result.status is Status.FAIL
    assert "no route to 192.0.2.1" in result.findings[0].summary


def test_given_no_route_to_one_address_of_two_then_it_passes() -> None:
    (first,) = way_out(Outcome.OK, None).ways
    other = replace(first, outcome=Outcome.NET_UNREACHABLE, route=MISSING)
    assert result_of(WayOut((other, first), None)).status is Status.PASS


def test_given_no_answer_about_routes_and_no_connection_then_it_is_undetermined() -> None:
    (way,) = way_out(Outcome.NO_ROUTE, None).ways
    unknown = WayOut((replace(way, route=None),), None)
    gone = absent(HostRoutes, Unavailable("no ip", because="FWL106"))
    assert judge(has_route, TARGET, unknown, gone).run is Run.UNDETERMINED


def test_given_no_answer_about_routes_and_a_connection_then_it_passes() -> None:
    (way,) = way_out(Outcome.OK, None).ways
    assert result_of(WayOut((replace(way, route=None),), None)).status is Status.PASS
