"""Healthy labs: each differs from the others, and nothing may be found in any of them."""

from __future__ import annotations

from dataclasses import dataclass

from wcsdiag.lab.errors import no_such
from wcsdiag.lab.fault import VERSION_WITH_MANAGER
from wcsdiag.lab.scenario import (
    TLS_PORT,
    WEB_PORT,
    AppIdentifier,
    Asked,
    LabApp,
    LabCli,
    LabHost,
    LabLog,
    LabSettings,
    LabTraffic,
    LabWebServer,
    Layout,
    Scenario,
    Tls,
)
from wcsdiag.target import RestIntent
from wcsdiag.wcs.generation import Generation

_DECLINED = "org.springframework.web.client.HttpClientErrorException: 403 Forbidden"
_HASH_KEY = "lab-hash-key"
_BASIC = ("hooks", "lab-hook-password")


@dataclass(frozen=True)
class Variant:
    """A healthy lab."""

    name: str
    summary: str
    scenario: Scenario


_ALL = (
    Variant("wcs52", "WCS 5.2 with one app", Scenario()),
    Variant(
        "wcs-with-manager",
        "WCS 5.0 with its Manager",
        Scenario(generation=Generation.WITH_MANAGER, version=VERSION_WITH_MANAGER),
    ),
    Variant(
        "tls",
        "hooks go to an HTTPS web server with a trusted certificate",
        Scenario(
            apps=(LabApp(url=f"https://{{web}}:{TLS_PORT}/hooks"),),
            web_server=LabWebServer(tls=Tls.GOOD),
        ),
    ),
    Variant(
        "hmac-signed",
        "the web server verifies the hooks' signature",
        Scenario(
            settings=LabSettings(
                {"rest_hook_send_hash": "true", "rest_hook_secret_key": _HASH_KEY}
            ),
            web_server=LabWebServer(hmac_key=_HASH_KEY),
        ),
    ),
    Variant(
        "basic-auth",
        "the web server wants the app's REST user and password",
        Scenario(
            apps=(LabApp(rest_username=_BASIC[0], rest_password=_BASIC[1]),),
            web_server=LabWebServer(basic=_BASIC),
        ),
    ),
    Variant(
        "cli-shell-only",
        "the WCS CLI gives no exec channel, pages and prints in colour",
        Scenario(cli=LabCli(gives_exec=False, page_lines=10, coloured=True)),
    ),
    Variant(
        "cli-columns",
        "the WCS CLI prints columns, and takes app keys alone",
        Scenario(cli=LabCli(layout=Layout.COLUMNS, takes=AppIdentifier.KEY)),
    ),
    Variant(
        "cli-blocks",
        "the WCS CLI prints key: value blocks",
        Scenario(cli=LabCli(layout=Layout.BLOCKS)),
    ),
    Variant(
        "several-apps",
        "three apps, two of them with the same REST URL, one whose key is not its name",
        Scenario(
            apps=(
                LabApp(),
                LabApp("flashStreamingApp", "flashStreamingApp"),
                LabApp("callsApp", "callsAppKey", f"http://{{web}}:{WEB_PORT}/calls"),
            ),
            cli=LabCli(takes=AppIdentifier.KEY),
        ),
    ),
    Variant(
        "rest-off",
        "hooks are switched off, as is intended",
        Scenario(apps=(LabApp(methods=()),), asked=Asked(rest=RestIntent.OFF)),
    ),
    Variant(
        "sessions-going-on",
        "web clients still publish, and the newest hook waits for its answer",
        Scenario(log=LabLog(traffic=LabTraffic(going_on=3, in_flight=True))),
    ),
    Variant(
        "logins-declined",
        "the web server declines every second web client with 403, and lets the others in",
        Scenario(log=LabLog(traffic=LabTraffic(failing={"connect": _DECLINED}))),
    ),
    Variant(
        "pool-not-counted",
        "a build of WCS whose statistics page has no counters of the pool for hooks",
        Scenario(host=LabHost(pool=None)),
    ),
)
VARIANTS: dict[str, Variant] = {variant.name: variant for variant in _ALL}
"""Every variant, in the order in which they are listed."""


def find_variant(name: str) -> Variant:
    """The variant of that name. Raises `LabError`, which names the nearest one."""
    if name not in VARIANTS:
        raise no_such("variant", name, VARIANTS)
    return VARIANTS[name]
