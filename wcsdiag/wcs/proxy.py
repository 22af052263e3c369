"""The proxy that a JVM's options would send a URL through (Java's "Networking Properties")."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from wcsdiag.wcs.rest_url import RestUrl

_ALWAYS_DIRECT = "localhost|127.*|[::1]|0.0.0.0|[::0]"
_PREFIXES = {"http": ("http.proxy", "proxy"), "https": ("https.proxy",)}
_DEFAULT_PORTS = {"http": 80, "https": 443}
_SOCKS_PORT = 1080


@dataclass(frozen=True)
class JvmProxy:
    """A proxy of the JVM: `option` is the name of the option that sets its host."""

    host: str
    port: int
    option: str


def jvm_proxy_for(url: RestUrl, options: Mapping[str, str]) -> JvmProxy | None:
    """The proxy that catches the URL, or None. `options` are the -D options by name.

    http.nonProxyHosts serves http and https alike: patterns between `|`, `*` at either end. An
    absent or filled one leaves loopback direct; one that is set and empty exempts nothing.
    """
    proxy = _configured(url.scheme, options)
    if proxy is None or is_exempt(url.host, options.get("http.nonProxyHosts")):
        return None
    return proxy


def _configured(scheme: str, options: Mapping[str, str]) -> JvmProxy | None:
    defaults = [(prefix, _DEFAULT_PORTS[scheme]) for prefix in _PREFIXES.get(scheme, ())]
    for prefix, default_port in [*defaults, ("socksProxy", _SOCKS_PORT)]:
        host = options.get(f"{prefix}Host", "").strip()
        if host:
            port = options.get(f"{prefix}Port", "").strip()
            number = int(port) if port.isascii() and port.isdigit() else default_port
            return JvmProxy(host, number, f"{prefix}Host")
    return None


def is_exempt(host: str, non_proxy_hosts: str | None) -> bool:
    """True where `http.nonProxyHosts` keeps the host from the proxy; compared without case."""
    if non_proxy_hosts is not None and not non_proxy_hosts.strip():
        return False
    patterns = f"{non_proxy_hosts or ''}|{_ALWAYS_DIRECT}".lower().split("|")
    names = {host.lower(), f"[{host.lower()}]"} if ":" in host else {host.lower()}
    return any(_matches(name, pattern.strip()) for pattern in patterns for name in names)


def _matches(name: str, pattern: str) -> bool:
    if not pattern:
        return False
    if pattern == "*":
        return True
    if pattern.startswith("*") and pattern.endswith("*"):
        return pattern[1:-1] in name
    if pattern.startswith("*"):
        return name.endswith(pattern[1:])
    if pattern.endswith("*"):
        return name.startswith(pattern[:-1])
    return name == pattern
