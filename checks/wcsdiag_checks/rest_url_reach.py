"""URL, third part: what on the host stands between WCS and the place that the REST URL names."""

from __future__ import annotations

from collections.abc import Iterator

from wcsdiag.facts.apps import Apps
from wcsdiag.facts.container import Container
from wcsdiag.facts.jvm_proxies import JvmProxies
from wcsdiag.facts.probes import WebServerProbes
from wcsdiag.facts.sockets import ListeningSocket, ListeningSockets
from wcsdiag.model import (
    Evidence,
    Fix,
    NotApplicable,
    Unavailable,
    failed,
    passed,
    undetermined,
    warned,
)
from wcsdiag.registry import Observations, check
from wcsdiag.wcs.rest_url import RestUrl, parse_rest_url
from wcsdiag.wcs.settings import Settings


@check(
    "URL112",
    "Something listens where a loopback REST URL points to",
    explained_by=("HST103", "HST104", "URL110", "URL111"),
)
def loopback_port_listens(
    apps: Apps, sockets: ListeningSockets, container: Container | Unavailable
) -> Observations:
    """`localhost` in a REST URL is the host that runs WCS, not the machine of whoever typed it.

    Fix
    ---
    Start the web server on the host, or name the machine that it runs on::

        sudo ss -tlnp
        ssh -p 2001 admin@HOST     # then: update app -l "http://web.example.com:8000/hooks" APP
    """
    for url in _loopback_urls(apps):
        listening = sockets.on(url.port)
        shown = Evidence(_spoken(listening, url), sockets.where)
        if any(_serves(socket, url) for socket in listening):
            summary = f"something listens on the host's port {url.port}"
            yield passed(summary, shown, subject=url.text)
            continue
        where = "on this port" if not listening else "on this address"
        yield failed(
            f"the REST URL means the host itself, and nothing listens {where}: {url.text}",
            Evidence(url.text, apps.where),
            shown,
            subject=url.text,
            fix=_loopback_fix(apps, url, container),
        )


def _loopback_fix(apps: Apps, url: RestUrl, container: Container | Unavailable) -> Fix:
    text = f"Start the web server on the host, port {url.port}, or name its machine."
    if not isinstance(container, Unavailable) and container.is_container:
        text = (
            "WCS runs in a container, and there localhost is the container itself: name the web "
            "server's machine or service instead."
        )
    names = [app.name for app in apps.by_url.get(url.text, ())]
    place = f"{url.scheme}://WEB-SERVER:{url.port}{url.path}"
    updates = (f'update app -l "{place}" {name}' for name in names)
    return Fix(text, (f"sudo ss -tlnp 'sport = :{url.port}'", apps.cli, *updates))


def _spoken(listening: tuple[ListeningSocket, ...], url: RestUrl) -> str:
    if not listening:
        return f"nothing listens on TCP port {url.port}"
    return ", ".join(f"LISTEN {socket.address}:{socket.port}" for socket in listening)


def _serves(socket: ListeningSocket, url: RestUrl) -> bool:
    """True where the socket takes connections to the URL's address; a name may be either family."""
    if socket.address in {"0.0.0.0", "::", "*"}:  # noqa: S104 - compared, not bound
        return True
    address = url.address
    if address is None or address.is_unspecified:
        return socket.address in {"127.0.0.1", "::1", "::ffff:127.0.0.1"}
    return socket.address.removeprefix("::ffff:") == str(address)


@check(
    "URL113",
    "A loopback REST URL does not mean the inside of a container",
    explained_by=("URL112",),
)
def loopback_not_in_container(
    apps: Apps, container: Container, sockets: ListeningSockets | Unavailable
) -> Observations:
    """Inside a container `localhost` is the container. A web server beside it is somewhere else.

    Fix
    ---
    Use a name that the container reaches: the service's name, or the machine's own address::

        ssh -p 2001 admin@HOST     # then: update app -l "http://web:8000/hooks" APP
    """
    urls = list(_loopback_urls(apps))
    if not container.is_container:
        if not container.looked_at:
            yield undetermined("nothing that would show a container could be read")
        else:
            places = ", ".join(container.looked_at)
            yield passed("WCS runs in no container", Evidence("no sign of one", f"host: {places}"))
        return
    for url in urls:
        if isinstance(sockets, Unavailable):
            yield undetermined(
                f"WCS runs in a container, and {url.text} means the container itself",
                *container.evidence,
                subject=url.text,
            )
        elif any(_serves(socket, url) for socket in sockets.on(url.port)):
            shown = Evidence(_spoken(sockets.on(url.port), url), sockets.where)
            yield passed("it listens inside of the same container", shown, subject=url.text)
        else:
            yield failed(
                f"WCS runs in a container, and {url.text} means the container itself",
                *container.evidence,
                subject=url.text,
                fix=_loopback_fix(apps, url, container),
            )


def _loopback_urls(apps: Apps) -> Iterator[RestUrl]:
    urls = [parse_rest_url(text).url for text in apps.urls_in_use]
    found = [url for url in urls if url is not None and url.is_loopback]
    if not found:
        raise NotApplicable("no REST URL means the host itself")
    yield from found


@check("URL114", "The REST URL's host has an IPv4 address where the JVM uses IPv4 alone")
def ipv4_where_preferred(
    apps: Apps, settings: Settings, probes: WebServerProbes | Unavailable
) -> Observations:
    """`-Djava.net.preferIPv4Stack=true` is in the shipped wcs-core.properties: WCS then cannot
    reach a web server that has IPv6 addresses alone, though the host itself can.

    Fix
    ---
    Give the name an IPv4 address, or take the option out of conf/wcs-core.properties and restart::

        sudo systemctl restart webcallserver
    """
    if not settings.prefer_ipv4_stack:
        yield passed("the JVM may use IPv6", Evidence("preferIPv4Stack is not set", _jvm(settings)))
        return
    option = Evidence(
        "-Djava.net.preferIPv4Stack=true", settings.where("java.net.preferIPv4Stack") or ""
    )
    judged = False
    for text in apps.urls_in_use:
        url = parse_rest_url(text).url
        addresses = _addresses(url, probes) if url is not None else ()
        if url is None or not addresses:
            continue
        judged = True
        shown = Evidence(", ".join(addresses), f"host: addresses of {url.host}")
        if any(":" not in address for address in addresses):
            yield passed(f"{url.host} has an IPv4 address", shown, subject=text)
            continue
        yield failed(
            f"{url.host} has no IPv4 address, and the JVM uses IPv4 alone",
            shown,
            option,
            subject=text,
            fix=Fix(
                f"Give {url.host} an IPv4 address, or take the option out of the file and restart.",
                ("sudo systemctl restart webcallserver",),
            ),
        )
    if not judged:
        if isinstance(probes, Unavailable):
            raise probes
        raise Unavailable("no name of a REST URL was resolved on the host", because="WEB101")


def _addresses(url: RestUrl, probes: WebServerProbes | Unavailable) -> tuple[str, ...]:
    if url.address is not None:
        return (str(url.address),)
    if isinstance(probes, Unavailable):
        return ()
    seen = (one.host for one in probes.urls if one.url == url.text)
    return next((p.addresses for p in seen if not isinstance(p, Unavailable)), ())


def _jvm(settings: Settings) -> str:
    return f"host: {settings.files[-1]}" if settings.files else "host: settings"


@check("URL115", "No proxy of the JVM stands before the REST URL")
def no_jvm_proxy(proxies: JvmProxies, settings: Settings) -> Observations:
    """With `-Dhttp.proxyHost` in conf/wcs-core.properties hooks may go to that proxy.

    wcsdiag's own probes go straight to the web server, so they do not show what the proxy does.

    Fix
    ---
    Add the web server to `-Dhttp.nonProxyHosts` in conf/wcs-core.properties, then restart::

        sudo systemctl restart webcallserver
    """
    exempt = settings.jvm.get("http.nonProxyHosts")
    for one in proxies.caught:
        url = parse_rest_url(one.url).url
        host = url.host if url is not None else one.url
        setting = settings.jvm[one.proxy.option]
        option = Evidence(f"-D{one.proxy.option}={setting.value}", setting.where)
        pattern = f"{exempt.value}|{host}" if exempt is not None and exempt.value else host
        fix = Fix(
            f"If {host} is to be reached without the proxy, exempt it in conf/wcs-core.properties "
            f"by -Dhttp.nonProxyHosts={pattern} and restart.",
            ("sudo systemctl restart webcallserver",),
        )
        place = f"{one.proxy.host}:{one.proxy.port}"
        if one.reached is False:
            yield failed(
                f"a JVM proxy catches the REST URL, and the host does not reach it: {place}",
                option,
                Evidence(one.text, f"host: TCP connection to {place}"),
                subject=one.url,
                fix=fix,
            )
        else:
            summary = f"a JVM proxy catches the REST URL: hooks may go to {place}"
            yield warned(summary, option, subject=one.url, fix=fix)
    for text in proxies.free:
        why = "no proxy option catches it"
        yield passed(
            "no JVM proxy catches the REST URL", Evidence(why, _jvm(settings)), subject=text
        )
    if not proxies.caught and not proxies.free:
        raise NotApplicable("there is no REST URL")
