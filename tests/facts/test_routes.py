"""Routes and addresses: the answers of a kernel, and of this machine."""

from __future__ import annotations

from ipaddress import ip_address

import pytest

from tests.support import require_tool
from wcsdiag.facts.routes import Owner, ask_routes, parse_route, route_table_of
from wcsdiag.host.interface import HostError, HostFailure
from wcsdiag.host.local import LocalHost
from wcsdiag.host.recorded import RecordedHost
from wcsdiag.lifetime import Lifetime
from wcsdiag.model import Unavailable

_JSON = (
    '[{"dst":"1.1.1.1","gateway":"192.0.2.1","dev":"eth0","prefsrc":"192.0.2.2","flags":[],'
    '"uid":0,"cache":[]}]'
)
_LINE = "1.1.1.1 via 192.0.2.1 dev eth0 src 192.0.2.2 uid 0 \n    cache \n"


@pytest.mark.parametrize("text", [_JSON, _LINE])
def test_both_forms_of_ip_say_the_same(text: str) -> None:
    route = parse_route("1.1.1.1", text)
    assert route is not None
    assert (route.device, str(route.source), str(route.gateway)) == (
        "eth0",
        "192.0.2.2",
        "192.0.2.1",
    )
    assert not route.is_local
    assert not route.error


@pytest.mark.parametrize(
    "text",
    [
        "RTNETLINK answers: Network is unreachable",
        "",
        "[",
        "[[]]",
        '[{"dst":7}]',
        '{"dev": "eth0"}',
    ],
)
def test_anything_else_is_kept_as_the_error(text: str) -> None:
    route = parse_route("1.1.1.1", text)
    assert route is not None
    assert route.error == (text or "no answer")


@pytest.mark.parametrize(
    "text",
    [
        '[{"type":"local","dst":"10.0.0.9","dev":"lo","prefsrc":"10.0.0.9"}]',
        "local 10.0.0.9 dev lo src 10.0.0.9 uid 0",
    ],
)
def test_an_own_address_stays_on_the_machine(text: str) -> None:
    route = parse_route("10.0.0.9", text)
    assert route is not None
    assert route.is_local


def test_a_whole_answer_is_understood() -> None:
    table = route_table_of(
        "@@ peer 203.0.113.9\n"
        "@@ user flashphoner 998 997\n"
        "@@ own monitor 1000 1000\n"
        "@@ addresses\n"
        "1: lo    inet 127.0.0.1/8 scope host lo\n"
        "2: eth0    inet 192.0.2.2/24 brd 192.0.2.255 scope global eth0\n"
        "2: eth0    inet6 2001:db8::2/64 scope global \n"
        "@@ networks 4\ndefault via 192.0.2.1 dev eth0\nunreachable 10.9.0.0/16\n"
        "@@ networks 6\n2001:db8::/64 dev eth0 proto kernel metric 256\n"
        f"@@ route 1.1.1.1\n{_JSON}\n"
        "@@ route not-an-address\nError: inet prefix is expected\n",
        "host",
    )
    assert str(table.peer) == "203.0.113.9"
    assert table.users == {"flashphoner": Owner(998, 997)}
    assert table.own == Owner(1000, 1000)
    assert table.interfaces[ip_address("2001:db8::2")] == "eth0"
    assert [(str(network), device) for network, device in table.networks] == [
        ("0.0.0.0/0", "eth0"),
        ("2001:db8::/64", "eth0"),
    ]
    assert [str(address) for address in table.routes] == ["1.1.1.1"]


def test_a_user_without_a_name_is_a_number() -> None:
    assert route_table_of("@@ user 1234  \n", "host").users == {"1234": Owner(1234)}


def test_this_machine_has_a_way_to_itself() -> None:
    require_tool("ip")
    host = LocalHost("localhost", Lifetime())
    table = ask_routes(host, "host", ["127.0.0.1"], because="FWL106", user="root")
    route = table.to(ip_address("127.0.0.1"))
    assert route is not None
    assert route.is_local
    assert ip_address("127.0.0.1") in table.local
    assert table.users == {"root": Owner(0, 0)}


def test_a_login_without_a_shell_is_told_with_its_own_words() -> None:
    host = RecordedHost(commands={"...": "This account is currently not available.\n"})
    with pytest.raises(Unavailable) as raised:
        ask_routes(host, "web server", [], because="FWL107")
    assert "currently not available" in raised.value.evidence[0].text


def test_a_lost_host_leaves_its_routes_unknown() -> None:
    lost = HostError(HostFailure.LOST, "the connection was lost")
    host = RecordedHost(commands={"...": lost})
    with pytest.raises(Unavailable) as raised:
        ask_routes(host, "host", ["1.1.1.1"], because="FWL106")
    assert raised.value.because == "FWL106"
