"""The TCP ports of WCS that are documented, for each generation (wcs.md 4, 2.1).

Ports of media and of outgoing connections are not here: whether they answer says nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import Enum

from wcsdiag.wcs.generation import Generation
from wcsdiag.wcs.settings import Setting, Settings


class Role(Enum):
    """Who should be able to connect."""

    CLIENT_FACING = "client-facing"
    PRIVATE = "private"


class Part(Enum):
    """The process that listens."""

    CORE = "core"
    MANAGER = "Manager"


@dataclass(frozen=True)
class WcsPort:
    """One port. `setting` changes it, where one is documented; `where` is where it was set.

    `required` is False for ports of modules that need not be in use, and where it is not
    documented that the generation always listens. `invalid` is the setting's text where it is
    no port.
    """

    name: str
    port: int
    part: Part
    role: Role
    required: bool = False
    setting: str | None = None
    where: str | None = None
    invalid: str | None = None

    def __str__(self) -> str:
        """Name and port: "WSS 8443"."""
        return f"{self.name} {self.port}"


_WEB = (
    WcsPort("WS", 8080, Part.CORE, Role.CLIENT_FACING, required=True, setting="ws.port"),
    WcsPort("WSS", 8443, Part.CORE, Role.CLIENT_FACING, required=True, setting="wss.port"),
    WcsPort("HTTP", 8081, Part.CORE, Role.CLIENT_FACING, required=True, setting="http.port"),
    WcsPort("HTTPS", 8444, Part.CORE, Role.CLIENT_FACING, required=True, setting="https.port"),
)
_MODULES = (
    WcsPort("HLS", 8082, Part.CORE, Role.CLIENT_FACING),
    WcsPort("HLS over TLS", 8445, Part.CORE, Role.CLIENT_FACING),
    WcsPort("RTMP", 1935, Part.CORE, Role.CLIENT_FACING),
    WcsPort("RTSP", 554, Part.CORE, Role.CLIENT_FACING),
)
_JMX = WcsPort("JMX", 50999, Part.CORE, Role.PRIVATE, setting="com.sun.management.jmxremote.port")
_CORE_CLI = (
    WcsPort("CLI", 2001, Part.CORE, Role.PRIVATE),
    WcsPort("CLI", 2002, Part.CORE, Role.PRIVATE),
    WcsPort("metrics", 7777, Part.CORE, Role.PRIVATE),
)
_MANAGER = (
    WcsPort("Manager HTTP", 9091, Part.MANAGER, Role.PRIVATE, required=True),
    WcsPort("Manager RMI", 1099, Part.MANAGER, Role.PRIVATE, required=True),
    WcsPort("Manager HTTPS", 8888, Part.MANAGER, Role.PRIVATE),
    WcsPort("Manager CLI", 2000, Part.MANAGER, Role.PRIVATE),
)

# That WCS with Manager always listens on TLS ports is not documented: only set ones are required.
_UNSURE_WITH_MANAGER = frozenset({"wss.port", "https.port"})


def documented_ports(generation: Generation) -> tuple[WcsPort, ...]:
    """The ports as they are without any setting."""
    if generation is Generation.WITHOUT_MANAGER:
        return (*_WEB, *_MODULES, _JMX, *_CORE_CLI)
    web = (replace(port, required=port.setting not in _UNSURE_WITH_MANAGER) for port in _WEB)
    return (*web, *_MODULES, _JMX, *_MANAGER)


def ports_in_effect(generation: Generation, settings: Settings | None) -> tuple[WcsPort, ...]:
    """The ports as the settings say. None: the settings are not known, and the documented hold."""
    documented = documented_ports(generation)
    if settings is None:
        return documented
    known = {**settings.jvm, **settings.flashphoner}
    return tuple(_in_effect(port, known) for port in documented)


def _in_effect(port: WcsPort, known: Mapping[str, Setting]) -> WcsPort:
    setting = known.get(port.setting) if port.setting else None
    if setting is None:
        return port
    value = setting.value.strip()
    if not (value.isascii() and value.isdecimal() and 0 < int(value[:9]) < 65536):
        return replace(port, where=setting.where, invalid=value)
    required = port.required or port.setting in _UNSURE_WITH_MANAGER
    return replace(port, port=int(value), where=setting.where, required=required)
