"""An app's REST URL: WCS POSTs each hook to `<REST URL>/<REST method>` (wcs.md 3.1)."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum

from wcsdiag.wcs.generation import Generation
from wcsdiag.wcs.rest_methods import is_known_method

DEFAULT_PORTS = {"http": 80, "https": 443}

_OWN_NETWORK = ipaddress.IPv4Network("127.0.0.0/16")

_DAMAGED, _ORIGINAL = "8081/apps", "9091"
_MANAGER_HTTP, _MANAGER_HTTPS = 9091, 8888


class UrlProblem(Enum):
    """What is wrong with the text of a REST URL."""

    EMPTY = "it is empty"
    SPACES = "it contains a space"
    QUOTES = "it contains a quote"
    BACKSLASH = "it contains a backslash"
    CONTROL = "it contains a control character"
    SCHEME_MISSING = "it does not begin with http:// or https://"
    SCHEME_UNKNOWN = "its scheme is neither http nor https"
    HOST_MISSING = "it has no host"
    HOST_MALFORMED = "its host cannot be a name or an address"
    PORT_MALFORMED = "its port is not a number from 1 to 65535"
    QUERY = "it has a query: the REST method would be appended to the query, not to the path"
    FRAGMENT = "it has a fragment (#): the REST method would be lost in it"
    TRAILING_SLASH = "it ends in a slash: the hook goes to a path with two slashes"
    USERINFO = "it carries a user name before the host: the app's REST user is the place for it"
    UNDERSCORE = "its host has an underscore, which Java's URI does not take for a host name"
    ENDS_IN_METHOD = "it ends in the name of a REST method, which WCS appends once more"

    @property
    def is_fatal(self) -> bool:
        """True where no hook can arrive with it; else hooks may arrive and it should go."""
        return self not in _TOLERABLE


_TOLERABLE = frozenset(
    {
        UrlProblem.TRAILING_SLASH,
        UrlProblem.USERINFO,
        UrlProblem.UNDERSCORE,
        UrlProblem.ENDS_IN_METHOD,
    }
)


@dataclass(frozen=True)
class RestUrl:
    """A well-formed REST URL. `host` has no brackets; `port` is the scheme's where none is given.

    `path` is as written, without a trailing slash.
    """

    text: str
    scheme: str
    host: str
    port: int
    path: str

    @property
    def is_loopback(self) -> bool:
        """True where the URL names the host itself: what listens there must be on the host.

        Of 127.0.0.0/8 that is 127.0.0.0/16, which localhost and a machine's own name resolve to.
        The rest is given out by hand, as to the machines of a rehearsal on one machine.
        """
        name = self.host.lower().rstrip(".")
        if name in {"localhost", "localhost.localdomain"} or name.endswith(".localhost"):
            return True
        address = self.address
        if isinstance(address, ipaddress.IPv4Address):
            return address in _OWN_NETWORK or address.is_unspecified
        return address is not None and (address.is_loopback or address.is_unspecified)

    @property
    def address(self) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
        """The host as an address; None where it is a name."""
        try:
            return ipaddress.ip_address(self.host)
        except ValueError:
            return None

    def method_url(self, method: str) -> str:
        """The URL that a hook of that REST method is POSTed to."""
        return f"{self.text.rstrip('/')}/{method}"

    def request_url(self, method: str) -> str:
        """The same without a user before the host: Java sends no credentials for that."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port}{self.path}/{method}"

    def is_same_as(self, other: RestUrl) -> bool:
        """True where both name the same place: case of scheme and host and default ports aside."""
        return self._place == other._place

    @property
    def _place(self) -> tuple[str, str, int, str]:
        return self.scheme, self.host.lower().rstrip("."), self.port, self.path

    def is_built_in_echo_app(
        self, generation: Generation, http_port: int = 8081, https_port: int = 8444
    ) -> bool:
        """True where it is the EchoApp that comes with WCS, at the place where it answers."""
        ports = echo_app_ports(generation, http_port, https_port)
        path = _echo_app_path(generation)
        return self.is_loopback and self.path == path and self.port == ports[self.scheme]

    def looks_like_echo_app(self) -> bool:
        """True where it means the built-in EchoApp, whether or not it is the right place."""
        return self.is_loopback and self.path.rsplit("/", 1)[-1].lower() == "echoapp"


@dataclass(frozen=True)
class ParsedUrl:
    """A text and what it is as a REST URL: `url` is None where a problem is fatal."""

    text: str
    url: RestUrl | None
    problems: tuple[UrlProblem, ...]


def echo_app_ports(
    generation: Generation, http_port: int = 8081, https_port: int = 8444
) -> dict[str, int]:
    """The ports on which the built-in EchoApp answers, by scheme (wcs.md 2.1, 4)."""
    if generation is Generation.WITH_MANAGER:
        return {"http": _MANAGER_HTTP, "https": _MANAGER_HTTPS}
    return {"http": http_port, "https": https_port}


def echo_app_url(generation: Generation, http_port: int = 8081) -> str:
    """The built-in EchoApp's URL where `http.port` has that value."""
    port = echo_app_ports(generation, http_port)["http"]
    return f"http://localhost:{port}{_echo_app_path(generation)}"


def _echo_app_path(generation: Generation) -> str:
    return "/EchoApp" if generation is Generation.WITH_MANAGER else "/apps/EchoApp"


def upgrade_damage_origin(text: str) -> str | None:
    """What the text was before the installer of the 5.2 line rewrote it; None: no sign of that.

    The installer replaces every `9091` in conf/database.yml by `8081/apps` (wcs.md 0.1). That is
    right for `http://localhost:9091/EchoApp` alone; wherever else `8081/apps` stands, it may be
    damage, and may as well be meant.
    """
    if _DAMAGED not in text:
        return None
    url = parse_rest_url(text).url
    if url is not None and url.is_built_in_echo_app(Generation.WITHOUT_MANAGER):
        return None
    return text.replace(_DAMAGED, _ORIGINAL)


def rest_url_behind(hook_url: str, rest_urls: Iterable[str]) -> str:
    """The REST URL that a hook's URL was made of: the one of `rest_urls` that names its place.

    Where none does, the hook's URL without the REST method.
    """
    base = hook_url.rpartition("/")[0]
    place = parse_rest_url(base).url
    for text in rest_urls if place is not None else ():
        url = parse_rest_url(text).url
        if url is not None and place is not None and url.is_same_as(place):
            return text
    return base


_SHAPE = re.compile(
    r"(?:(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*):)?//(?P<authority>[^/?#]*)"
    r"(?P<path>[^?#]*)(?P<query>\?[^#]*)?(?P<fragment>#.*)?",
    re.DOTALL,
)
_HOST_PORT = re.compile(r"(?P<host>\[[^\]]*\]|[^:]*)(?::(?P<port>.*))?", re.DOTALL)
_NAME = re.compile(r"[^\W_](?:[\w-]{0,61}[^\W_])?(?:\.[^\W_](?:[\w-]{0,61}[^\W_])?)*\.?")


def parse_rest_url(text: str) -> ParsedUrl:
    """Read a REST URL as WCS would use it, and name everything that is wrong with it."""
    problems = list(_character_problems(text))
    shape = _SHAPE.fullmatch(text)
    if not text:
        return ParsedUrl(text, None, (UrlProblem.EMPTY,))
    if shape is None or shape["scheme"] is None:
        return ParsedUrl(text, None, (*problems, UrlProblem.SCHEME_MISSING))
    scheme = shape["scheme"].lower()
    _, at, host_port = shape["authority"].rpartition("@")
    found = _HOST_PORT.fullmatch(host_port)
    host = found["host"] if found is not None else host_port
    port = _port(found["port"] if found is not None else "?", scheme)
    problems += _part_problems(scheme, host, port, shape)
    if at:
        problems.append(UrlProblem.USERINFO)
    if any(problem.is_fatal for problem in problems) or port is None:
        return ParsedUrl(text, None, tuple(problems))
    path = shape["path"].rstrip("/")
    return ParsedUrl(text, RestUrl(text, scheme, host.strip("[]"), port, path), tuple(problems))


def _character_problems(text: str) -> Iterator[UrlProblem]:
    if re.search(r"[ \u00a0\u2000-\u200a\u3000]", text):
        yield UrlProblem.SPACES
    if re.search("[\"'`\u2018\u2019\u201c\u201d]", text):
        yield UrlProblem.QUOTES
    if "\\" in text:
        yield UrlProblem.BACKSLASH
    if re.search(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\ufeff]", text):
        yield UrlProblem.CONTROL


def _part_problems(
    scheme: str, host: str, port: int | None, shape: re.Match[str]
) -> Iterator[UrlProblem]:
    if scheme not in DEFAULT_PORTS:
        yield UrlProblem.SCHEME_UNKNOWN
    if not host or host == "[]":
        yield UrlProblem.HOST_MISSING
    elif not _is_host(host):
        yield UrlProblem.HOST_MALFORMED
    elif "_" in host:
        yield UrlProblem.UNDERSCORE
    if port is None and scheme in DEFAULT_PORTS:
        yield UrlProblem.PORT_MALFORMED
    if shape["query"] is not None:
        yield UrlProblem.QUERY
    if shape["fragment"] is not None:
        yield UrlProblem.FRAGMENT
    if shape["path"].endswith("/"):
        yield UrlProblem.TRAILING_SLASH
    if is_known_method(shape["path"].rstrip("/").rsplit("/", 1)[-1]):
        yield UrlProblem.ENDS_IN_METHOD


def _is_host(host: str) -> bool:
    if host.startswith("["):
        try:
            ipaddress.IPv6Address(host.strip("[]"))
        except ValueError:
            return False
        return True
    if re.fullmatch(r"[0-9.]+", host):
        return _is_ipv4(host)
    return len(host) < 254 and _NAME.fullmatch(host) is not None


def _is_ipv4(host: str) -> bool:
    try:
        ipaddress.IPv4Address(host)
    except ValueError:
        return False
    return True


def _port(text: str | None, scheme: str) -> int | None:
    if not text:
        return DEFAULT_PORTS.get(scheme)
    if not re.fullmatch(r"[0-9]{1,5}", text):
        return None
    number = int(text)
    return number if 0 < number < 65536 else None
