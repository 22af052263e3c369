"""The documented ports, and what settings make of them."""

from __future__ import annotations

from wcsdiag.wcs.generation import Generation
from wcsdiag.wcs.ports import ports_in_effect
from wcsdiag.wcs.settings import Setting, Settings


def _settings(**values: str) -> Settings:
    found = {name.replace("_", "."): Setting(value, "f:1") for name, value in values.items()}
    return Settings(found, {}, ("f",))


def _required(generation: Generation, settings: Settings | None) -> set[str]:
    return {str(port) for port in ports_in_effect(generation, settings) if port.required}


def test_without_settings_the_documented_ports_hold() -> None:
    assert _required(Generation.WITHOUT_MANAGER, None) == {
        "WS 8080",
        "WSS 8443",
        "HTTP 8081",
        "HTTPS 8444",
    }


def test_with_manager_its_http_and_rmi_are_required_and_tls_ports_only_where_set() -> None:
    without = _required(Generation.WITH_MANAGER, None)
    with_wss = _required(Generation.WITH_MANAGER, _settings(wss_port="8443"))

    assert without == {"WS 8080", "HTTP 8081", "Manager HTTP 9091", "Manager RMI 1099"}
    assert with_wss - without == {"WSS 8443"}


def test_a_setting_moves_its_port() -> None:
    assert "HTTP 80" in _required(Generation.WITHOUT_MANAGER, _settings(http_port=" 80 "))


def test_a_setting_that_is_no_port_is_told_and_not_followed() -> None:
    for text in ("", "0", "65536", "eighty", "٨٠"):
        ports = ports_in_effect(Generation.WITHOUT_MANAGER, _settings(http_port=text))
        http = next(port for port in ports if port.name == "HTTP")
        assert (http.port, http.invalid) == (8081, text)
