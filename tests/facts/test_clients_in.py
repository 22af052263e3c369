"""The host's rules applied to clients."""

from __future__ import annotations

from ipaddress import ip_address

import pytest

from tests.checks.firewall_facts import table_of
from wcsdiag.facts.clients_in import ClientsIn, clients_in, media_range, telling_ports
from wcsdiag.facts.installation import Installation
from wcsdiag.facts.routes import HostRoutes, Route, RouteTable
from wcsdiag.facts.rule_sets import HostRules, RuleSets
from wcsdiag.facts.sockets import ListeningSocket, ListeningSockets
from wcsdiag.firewall.model import AnyOf, Basic, Hook, Key, Range, Ruleset, Table
from wcsdiag.model import NotApplicable
from wcsdiag.wcs.generation import Generation
from wcsdiag.wcs.settings import Setting, Settings

_INSTALLATION = Installation("/opt/wcs", Generation.WITHOUT_MANAGER, None, "test", "test")
_OUTSIDE = Route(ip_address("1.1.1.1"), "default", "eth0", ip_address("192.0.2.2"))
_LISTENING = ListeningSockets(
    (ListeningSocket("0.0.0.0", 8443), ListeningSocket("127.0.0.1", 8081)), "host: ss"
)


def settings(first: str, last: str) -> Settings:
    values = {"media_port_from": Setting(first, "f:1"), "media_port_to": Setting(last, "f:2")}
    return Settings(values, {}, ("f",))


def asked(*tables: Table, routes: RouteTable | None = None, refused: str = "") -> ClientsIn:
    table = routes or RouteTable("host", {_OUTSIDE.destination: _OUTSIDE})
    rules = RuleSets("host", Ruleset(tables), ("nft",), (refused,) if refused else ())
    return clients_in(
        _INSTALLATION,
        HostRules(rules),
        HostRoutes(table),
        settings("31001", "32000"),
        _LISTENING,
    )


def udp(verdict: Basic, *ports: int | Range) -> Table:
    return table_of(AnyOf(Key.L4PROTO, ("udp",)), AnyOf(Key.DPORT, ports), verdict, hook=Hook.INPUT)


def test_a_hole_in_the_middle_of_the_range_is_found() -> None:
    found = asked(udp(Basic.DROP, Range(31500, 31599)))
    assert {port.port for port in found.media if port.stopped} == {31500, 31599}
    assert all(port.let_in for port in found.media if port.port in {31001, 31499, 31600, 32000})


def test_only_ports_that_listen_for_clients_are_asked_about() -> None:
    assert [port.port for port in asked().client_facing] == [8443]


@pytest.mark.parametrize("ports", [("x", "y"), ("5", "3"), ("0", "9"), ("1", "70000")])
def test_a_range_that_is_none_is_the_shipped_one(ports: tuple[str, str]) -> None:
    assert media_range(settings(*ports)) == (31001, 32000)


def test_however_many_ports_the_rules_name_the_questions_are_bounded() -> None:
    ruleset = Ruleset((udp(Basic.DROP, *range(31001, 32000, 2)),))
    assert len(telling_ports(ruleset, 31001, 32000)) <= 64


def test_rules_that_were_not_read_say_nothing_of_clients() -> None:
    with pytest.raises(NotApplicable):
        asked(refused="nft: no")


def test_without_a_route_to_clients_nothing_is_said() -> None:
    with pytest.raises(NotApplicable):
        asked(routes=RouteTable("host", {}))
