"""The web server's rules applied to hooks of the host, and whom it sees."""

from __future__ import annotations

from ipaddress import ip_address

import pytest

from tests.checks.firewall_facts import HOST, probes, route, table_of
from tests.checks.web_facts import ADDRESS
from wcsdiag.facts.access import HostAccess
from wcsdiag.facts.routes import HostRoutes, Route, RouteTable
from wcsdiag.facts.rule_sets import RuleSets, WebServerRules
from wcsdiag.facts.way_in import InWay, way_in
from wcsdiag.facts.web_access import WebServerAccess
from wcsdiag.facts.web_machine import (
    Egress,
    WebServerMachine,
    egress,
    web_listening,
    web_server_machine,
)
from wcsdiag.firewall.model import AnyOf, Basic, Fate, Hook, Key, Ruleset, Table
from wcsdiag.host.recorded import RecordedHost
from wcsdiag.lifetime import Lifetime
from wcsdiag.model import NotApplicable, Unavailable
from wcsdiag.net.probe import Outcome
from wcsdiag.target import Target, WebSsh

ROUTES = HostRoutes(RouteTable("host", {ip_address(ADDRESS): route()}, {ip_address(HOST): "eth0"}))
BACK = Route(ip_address(HOST), "back", "eth1", ip_address(ADDRESS))
MACHINE = WebServerMachine(
    RouteTable("web server", {BACK.destination: BACK}, {ip_address(ADDRESS): "eth1"})
)
TARGET = Target("wcs1", web_ssh=WebSsh("web1", port=2200))
NOT_SEEN = Egress(None, (ip_address(HOST),), "nobody was seen")


def coming(*tables: Table, seen: Egress = NOT_SEEN, machine: WebServerMachine = MACHINE) -> InWay:
    rules = WebServerRules(RuleSets("web server", Ruleset(tables), ("nft",)))
    web = WebServerAccess(RecordedHost())
    (way,) = way_in(web, probes(Outcome.TIMED_OUT), rules, machine, ROUTES, seen).ways
    return way


def fate(way: InWay) -> Fate | None:
    return way.decision.fate if way.decision is not None else None


def only(*matches: AnyOf) -> Table:
    return table_of(*matches, Basic.DROP, hook=Hook.INPUT)


def test_the_hosts_own_source_decides() -> None:
    assert fate(coming(only(AnyOf(Key.SADDR, (ip_address(HOST),))))) is Fate.DROPPED
    assert fate(coming(only(AnyOf(Key.SADDR, (ip_address("10.1.1.1"),))))) is Fate.ACCEPTED


def test_the_source_that_was_seen_comes_before_the_one_of_the_route() -> None:
    seen = Egress(ip_address("203.0.113.5"), (), "seen")
    way = coming(only(AnyOf(Key.SADDR, (ip_address("203.0.113.5"),))), seen=seen)
    assert (fate(way), way.source_seen) == (Fate.DROPPED, True)


def test_the_interface_is_that_of_the_way_back() -> None:
    assert fate(coming(only(AnyOf(Key.IIFNAME, ("eth1",))))) is Fate.DROPPED


def test_behind_a_translation_the_hook_arrives_at_the_machines_own_address() -> None:
    back = Route(ip_address(HOST), "back", "eth1", ip_address("10.0.0.80"))
    table = RouteTable("web server", {back.destination: back}, {ip_address("10.0.0.80"): "eth1"})
    behind = WebServerMachine(table)
    seen = Egress(ip_address(HOST), (), "seen", frozenset({ip_address(ADDRESS)}))
    way = coming(machine=behind, seen=seen)
    assert (str(way.arrives_at), way.here, fate(way)) == ("10.0.0.80", True, Fate.ACCEPTED)


def test_where_nothing_shows_that_the_address_leads_there_its_rules_decide_nothing() -> None:
    back = Route(ip_address(HOST), "back", "eth1", ip_address("10.0.0.80"))
    table = RouteTable("web server", {back.destination: back}, {ip_address("10.0.0.80"): "eth1"})
    way = coming(only(AnyOf(Key.DPORT, (9091,))), machine=WebServerMachine(table))
    assert (way.here, way.decision) == (False, None)


def test_a_url_of_the_host_itself_is_not_about_the_web_server() -> None:
    stays = Route(ip_address(ADDRESS), "local", "lo", ip_address(ADDRESS), is_local=True)
    here = HostRoutes(RouteTable("host", {stays.destination: stays}))
    rules = WebServerRules(RuleSets("web server", Ruleset(()), ("nft",)))
    web = WebServerAccess(RecordedHost())
    with pytest.raises(NotApplicable):
        way_in(web, probes(Outcome.TIMED_OUT), rules, MACHINE, here, NOT_SEEN)


class Watching(RecordedHost):
    """A web server whose connections are these, one list after the other."""

    def __init__(self, *answers: str) -> None:
        super().__init__()
        self._answers = list(answers)

    def _command(self, command: str) -> str:
        return self._answers.pop(0)


OTHER = "0 0 192.0.2.1:9091 198.51.100.200:1111\n"


@pytest.mark.parametrize(
    ("during", "seen"),
    [
        (f"{OTHER}0 0 192.0.2.1:9091 {HOST}:40001\n", HOST),
        (f"{OTHER}0 0 [::ffff:192.0.2.1]:9091 [::ffff:{HOST}]:40001\n", HOST),
        (f"{OTHER}0 0 192.0.2.1:9091 203.0.113.5:40001\n", "203.0.113.5"),
        (OTHER, "None"),
        (f"{OTHER}0 0 192.0.2.1:9091 203.0.113.5:1\n0 0 192.0.2.1:9091 203.0.113.6:1\n", "None"),
        ("gibberish\n0 0 x y\n", "None"),
    ],
)
def test_the_new_peer_is_the_host(during: str, seen: str) -> None:
    host = RecordedHost(tcp={(ADDRESS, 9091): b""})
    web = Watching(OTHER, during)
    found = egress(
        TARGET,
        HostAccess(host),
        WebServerAccess(web),
        probes(Outcome.OK),
        ROUTES,
        Lifetime(),
    )
    assert str(found.seen) == seen
    assert bool(found.arrived_at) is (seen != "None")


def test_where_the_port_is_closed_the_port_of_ssh_shows_the_source() -> None:
    host = RecordedHost(tcp={(ADDRESS, 2200): b"SSH-2.0-x"})
    web = Watching("", f"0 0 192.0.2.1:2200 {HOST}:40001\n")
    access = HostAccess(host), WebServerAccess(web)
    found = egress(TARGET, *access, probes(Outcome.TIMED_OUT), ROUTES, Lifetime())
    assert str(found.seen) == HOST
    assert "port 2200" in found.how


def test_sockets_are_read_with_their_processes() -> None:
    row = 'LISTEN 0 511 127.0.0.1:9091 0.0.0.0:* users:(("nginx",pid=7,fd=6))'
    web = WebServerAccess(RecordedHost(commands={"LC_ALL=C...": f"ss -H -tlnp\n{row}\n"}))
    assert web_listening(web).shown(9091) == "LISTEN 127.0.0.1:9091 nginx"


def test_without_ss_the_sockets_are_unknown() -> None:
    with pytest.raises(Unavailable) as raised:
        web_listening(WebServerAccess(RecordedHost(commands={"LC_ALL=C...": ""})))
    assert raised.value.because == "FWL108"


def test_the_web_server_is_asked_for_the_way_back() -> None:
    web = RecordedHost(
        commands={"LC_ALL=C...": f"@@ route {HOST}\n{HOST} dev eth1 src {ADDRESS}\n"}
    )
    machine = web_server_machine(WebServerAccess(web), probes(Outcome.OK), ROUTES)
    assert HOST in web.asked[0]
    assert machine.table.to(ip_address(HOST)) is not None
