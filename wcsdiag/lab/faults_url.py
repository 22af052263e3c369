"""Faults of apps, REST URLs, REST methods and the CLI."""

from __future__ import annotations

from wcsdiag.lab.fault import Change, Fault, change
from wcsdiag.lab.scenario import (
    WEB_PORT,
    Asked,
    LabApp,
    LabCli,
    LabHost,
    LabLog,
    LabSettings,
)
from wcsdiag.target import RestIntent
from wcsdiag.wcs.rest_methods import CONNECT, KNOWN_METHODS

_RIGHT_URL = LabApp().url
_IPV6 = "2001:db8::9"


def _url(url: str, *failures: str, asked: Asked | None = None) -> Change:
    return change(app=LabApp(url=url), log=LabLog(failures=failures * 4), asked=asked)


URL_FAULTS = (
    Fault(
        "url-wrong-port",
        "the REST URL names a port on which nothing listens",
        "WEB102",
        _url("http://{web}:9092/hooks", "java.net.ConnectException: Connection refused"),
    ),
    Fault(
        "url-dead-name",
        "the REST URL names a host that does not exist",
        "WEB101",
        _url(f"http://web.invalid:{WEB_PORT}/hooks", "java.net.UnknownHostException: web.invalid"),
    ),
    Fault(
        "url-malformed",
        "the REST URL has a space in it",
        "URL107",
        _url(f"http://{{web}}:{WEB_PORT}/ho oks"),
    ),
    Fault(
        "url-unexpected",
        "the REST URL is another one than --expect-url says",
        "URL108",
        change(asked=Asked(expect_url=f"http://{{web}}:{WEB_PORT}/other")),
    ),
    Fault(
        "echo-app-left",
        "the app still has the built-in EchoApp, though --expect-url names a web server",
        "URL109",
        _url("http://localhost:8081/apps/EchoApp", asked=Asked(expect_url=_RIGHT_URL)),
    ),
    Fault(
        "echo-app-wrong-path",
        "the REST URL is EchoApp's of another generation: /apps is missing",
        "URL110",
        _url("http://localhost:8081/EchoApp"),
    ),
    Fault(
        "upgrade-damage",
        "an update of WCS has put 8081/apps where 9091 was in the REST URL",
        "URL111",
        _url("http://{web}:8081/apps/hooks", "java.net.ConnectException: Connection refused"),
    ),
    Fault(
        "loopback-nothing-listens",
        "the REST URL points to the host itself, where nothing listens on its port",
        "URL112",
        _url("http://localhost:5000/hooks", "java.net.ConnectException: Connection refused"),
    ),
    Fault(
        "ipv6-only-name",
        "the web server's name has an IPv6 address alone, and WCS uses IPv4",
        "URL114",
        change(
            app=LabApp(url=f"http://web6.lab:{WEB_PORT}/hooks"),
            host=LabHost(names={"web6.lab": (_IPV6,)}, aliases={_IPV6: "{web}"}),
        ),
    ),
    Fault(
        "jvm-proxy",
        "WCS's JVM sends hooks to an HTTP proxy",
        "URL115",
        change(
            settings=LabSettings(
                # Java keeps 127.* away from proxies, but for a list of exceptions that is empty.
                jvm=(
                    "-Dhttp.proxyHost=proxy.lab",
                    "-Dhttp.proxyPort=3128",
                    "-Dhttp.nonProxyHosts=",
                ),
            )
        ),
    ),
    Fault(
        "unknown-app-key",
        "the clients' app key belongs to no app",
        "URL106",
        change(asked=Asked(app_key="noSuchApp")),
    ),
    Fault(
        "cli-password-wrong",
        "the WCS CLI refuses the password that the operator has",
        "URL101",
        change(asked=Asked(wrong_cli_password=True)),
    ),
    Fault(
        "cli-closed",
        "nothing listens on the port of the WCS CLI",
        "URL101",
        change(cli=LabCli(listens=False)),
    ),
    Fault(
        "no-methods",
        "the app has no REST methods, though hooks are wanted",
        "RST101",
        change(app=LabApp(methods=()), asked=Asked(rest=RestIntent.ON)),
    ),
    Fault(
        "methods-unstated",
        "the app has no REST methods, and nobody said whether hooks are wanted",
        "RST101",
        change(app=LabApp(methods=())),
    ),
    Fault(
        "connect-missing",
        "the app has all REST methods but connect",
        "RST102",
        change(
            app=LabApp(methods=tuple(name for name in KNOWN_METHODS if name != CONNECT)),
            asked=Asked(rest=RestIntent.ON),
        ),
    ),
    Fault(
        "rest-disabled",
        "disable_rest_requests is set, though hooks are wanted",
        "RST104",
        change(
            settings=LabSettings({"disable_rest_requests": "true"}),
            asked=Asked(rest=RestIntent.ON),
        ),
    ),
)
