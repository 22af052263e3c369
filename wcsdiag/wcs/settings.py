"""The settings of WCS: flashphoner.properties and wcs-core.properties (wcs.md 2.2, 3.7)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from wcsdiag.redact import Secret
from wcsdiag.wcs.proxy import JvmProxy, jvm_proxy_for
from wcsdiag.wcs.rest_url import RestUrl

DEFAULT_REST_REQUEST_TIMEOUT_S = 15
DEFAULT_HTTP_PORT = 8081
DEFAULT_HTTPS_PORT = 8444
DEFAULT_WS_PORT = 8080
DEFAULT_WSS_PORT = 8443

_TRUE = frozenset({"true", "1", "yes", "on"})


@dataclass(frozen=True)
class Setting:
    """One value, as text, and the file and line that it was read from."""

    value: str
    where: str


@dataclass(frozen=True)
class Settings:
    """`flashphoner` holds flashphoner.properties; `jvm` the -D options of wcs-core.properties.

    A name that is absent has WCS's default. `files` are the paths that were read. `jvm` also
    holds other options under their own name: "-Xmx", "-XX:ErrorFile".
    """

    flashphoner: Mapping[str, Setting]
    jvm: Mapping[str, Setting]
    files: tuple[str, ...]

    @property
    def rest_request_timeout(self) -> int | None:
        """Seconds that WCS waits for an answer; 0 is no limit; None where it is no number."""
        return self._number("rest_request_timeout", DEFAULT_REST_REQUEST_TIMEOUT_S)

    @property
    def answer_limit_s(self) -> float | None:
        """Seconds that WCS waits for an answer; None where it waits without limit."""
        seconds = self.rest_request_timeout
        if seconds is None or seconds < 0:
            return float(DEFAULT_REST_REQUEST_TIMEOUT_S)
        return float(seconds) if seconds else None

    @property
    def disable_rest_requests(self) -> bool:
        """True where all hooks are switched off."""
        return self._flag("disable_rest_requests", default=False)

    @property
    def rest_hook_send_hash(self) -> bool:
        """True where hooks are signed with `rest_hook_secret_key`."""
        return self._flag("rest_hook_send_hash", default=False)

    @property
    def rest_hook_secret_key(self) -> Secret | None:
        """The key that hooks are signed with, where one is set."""
        setting = self.flashphoner.get("rest_hook_secret_key")
        return Secret(setting.value) if setting is not None and setting.value else None

    @property
    def http_port(self) -> int:
        """The port of WCS's own HTTP, where the EchoApp of 5.1 and later answers."""
        return self._port("http.port", DEFAULT_HTTP_PORT)

    @property
    def https_port(self) -> int:
        """The port of WCS's own HTTPS."""
        return self._port("https.port", DEFAULT_HTTPS_PORT)

    @property
    def ws_port(self) -> int:
        """The port of the clients' WebSocket."""
        return self._port("ws.port", DEFAULT_WS_PORT)

    @property
    def wss_port(self) -> int:
        """The port of the clients' WebSocket over TLS."""
        return self._port("wss.port", DEFAULT_WSS_PORT)

    @property
    def tls_client_protocols(self) -> tuple[str, ...]:
        """The protocols of `jdk.tls.client.protocols`; empty where the JVM's default holds."""
        setting = self.jvm.get("jdk.tls.client.protocols")
        words = re.split(r"[,\s]+", setting.value) if setting is not None else []
        return tuple(word for word in words if word)

    @property
    def prefer_ipv4_stack(self) -> bool:
        """True where the JVM uses IPv4 alone."""
        setting = self.jvm.get("java.net.preferIPv4Stack")
        return setting is not None and setting.value.strip().lower() == "true"

    def proxy_for(self, url: RestUrl) -> JvmProxy | None:
        """The JVM's proxy that would catch the URL, or None."""
        return jvm_proxy_for(url, {name: setting.value for name, setting in self.jvm.items()})

    def where(self, name: str) -> str | None:
        """File and line of a setting or a JVM option; None where it is not set."""
        setting = self.flashphoner.get(name) or self.jvm.get(name)
        return setting.where if setting is not None else None

    def _flag(self, name: str, *, default: bool) -> bool:
        setting = self.flashphoner.get(name)
        return default if setting is None else setting.value.strip().lower() in _TRUE

    def _number(self, name: str, default: int) -> int | None:
        setting = self.flashphoner.get(name)
        if setting is None:
            return default
        value = setting.value.strip()
        return int(value) if re.fullmatch(r"-?[0-9]{1,9}", value) else None

    def _port(self, name: str, default: int) -> int:
        number = self._number(name, default)
        return number if number is not None and 0 < number < 65536 else default
