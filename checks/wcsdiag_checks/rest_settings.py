"""RST: the settings of WCS that rule over all hooks."""

from __future__ import annotations

from wcsdiag.model import Evidence, Fix, failed, passed, warned
from wcsdiag.registry import Observations, check
from wcsdiag.target import Intent, RestIntent
from wcsdiag.wcs.rest_methods import CLIENT_PASSES
from wcsdiag.wcs.settings import DEFAULT_REST_REQUEST_TIMEOUT_S, Settings

_RESTART = "sudo systemctl restart webcallserver"


@check("RST104", "The setting disable_rest_requests is as intended")
def rest_requests_not_disabled(settings: Settings, intent: Intent) -> Observations:
    """`disable_rest_requests=true` in flashphoner.properties switches every hook of every app off.

    Fix
    ---
    Take the line out and restart, or say with `--rest off` that it is meant::

        sudo sed -i '/^disable_rest_requests/d' WCS_HOME/conf/flashphoner.properties
        sudo systemctl restart webcallserver
    """
    name = "disable_rest_requests"
    setting = settings.flashphoner.get(name)
    text = f"{name}={setting.value}" if setting is not None else f"{name} is not set"
    shown = Evidence(text, setting.where if setting is not None else _file(settings))
    if not settings.disable_rest_requests:
        yield passed("hooks are not switched off as a whole", shown)
    elif intent.rest is RestIntent.OFF:
        yield passed(f"all hooks are switched off, as intended: {CLIENT_PASSES}", shown)
    else:
        yield failed(
            f"all hooks are switched off: {text}",
            shown,
            fix=Fix(
                "Take the line out and restart WCS. Where it is meant, say so with --rest off.",
                (f"sudo sed -i '/^ *{name}/d' {_path(settings)}", _RESTART),
            ),
        )


@check(
    "RST106", "The setting rest_request_timeout is within 1 to 10 seconds", explained_by=("RST104",)
)
def rest_request_timeout_sound(settings: Settings) -> Observations:
    """It is how long WCS waits for the web server: 0 means for ever, and sessions hang; the vendor
    recommends 1 to 10 seconds. 15 is the default.

    Fix
    ---
    Set it in conf/flashphoner.properties to what your web server needs at most, and restart::

        rest_request_timeout=10
    """
    setting = settings.flashphoner.get("rest_request_timeout")
    if setting is None:
        default = DEFAULT_REST_REQUEST_TIMEOUT_S
        shown = Evidence("rest_request_timeout is not set", _file(settings))
        yield passed(f"the default of {default} s holds; 1 to 10 s are recommended", shown)
        return
    seconds = settings.rest_request_timeout
    shown = Evidence(f"rest_request_timeout={setting.value}", setting.where)
    if seconds is not None and 1 <= seconds <= 10:
        yield passed(f"WCS waits {seconds} s for an answer", shown)
        return
    if seconds is None or seconds < 0:
        summary = f"rest_request_timeout is no number of seconds: {setting.value!r}"
    elif seconds == 0:
        summary = "rest_request_timeout is 0: WCS waits without limit, and sessions may hang"
    else:
        summary = f"WCS waits {seconds} s for an answer; 1 to 10 s are recommended"
    path = setting.where.removeprefix("host: ").rpartition(":")[0]
    command = f"sudo sed -i 's/^ *rest_request_timeout.*/rest_request_timeout=10/' {path}"
    yield warned(summary, shown, fix=Fix("Set 1 to 10 seconds.", (command, _RESTART)))


def _file(settings: Settings) -> str:
    return f"host: {_path(settings)}"


def _path(settings: Settings) -> str:
    return settings.files[0] if settings.files else "conf/flashphoner.properties"
