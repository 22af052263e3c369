"""The REST URLs that a proxy of the JVM would catch, and whether the host reaches that proxy."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass

from wcsdiag.facts.access import HostAccess
from wcsdiag.facts.apps import Apps
from wcsdiag.host.interface import Host, HostError
from wcsdiag.model import Unavailable
from wcsdiag.registry import fact
from wcsdiag.wcs.proxy import JvmProxy
from wcsdiag.wcs.rest_url import parse_rest_url
from wcsdiag.wcs.settings import Settings


@dataclass(frozen=True)
class CaughtUrl:
    """One REST URL and the proxy it would go to.

    `reached` says whether the host got a TCP connection to the proxy; None where that could not be
    tried. `text` is the literal error.
    """

    url: str
    proxy: JvmProxy
    reached: bool | None
    text: str = ""


@dataclass(frozen=True)
class JvmProxies:
    """`caught` are the URLs that a proxy catches; `free` those that go straight."""

    caught: tuple[CaughtUrl, ...]
    free: tuple[str, ...]


@fact
def jvm_proxies(apps: Apps, settings: Settings, access: HostAccess | Unavailable) -> JvmProxies:
    """Hold each REST URL against the JVM's proxy options, and knock at each proxy once."""
    host = None if isinstance(access, Unavailable) else access.host
    knocked: dict[JvmProxy, tuple[bool | None, str]] = {}
    caught: list[CaughtUrl] = []
    free: list[str] = []
    for text in apps.by_url:
        url = parse_rest_url(text).url
        proxy = settings.proxy_for(url) if url is not None else None
        if proxy is None:
            free.append(text)
            continue
        if proxy not in knocked:
            knocked[proxy] = _knock(host, proxy) if host is not None else (None, "")
        caught.append(CaughtUrl(text, proxy, *knocked[proxy]))
    return JvmProxies(tuple(caught), tuple(free))


def _knock(host: Host, proxy: JvmProxy) -> tuple[bool | None, str]:
    try:
        host.open_tcp(_address(host, proxy.host), proxy.port).close()
    except HostError as error:
        return False, str(error)
    return True, ""


def _address(host: Host, name: str) -> str:
    try:
        return str(ipaddress.ip_address(name))
    except ValueError:
        return host.resolve(name)[0]
