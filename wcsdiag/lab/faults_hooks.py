"""Faults that show in the traffic of hooks alone: the web server answers a probe as it should."""

from __future__ import annotations

from wcsdiag.lab.fault import Change, Fault, change
from wcsdiag.lab.scenario import (
    Asked,
    LabApp,
    LabHost,
    LabLog,
    LabPool,
    LabSettings,
    LabTraffic,
)
from wcsdiag.target import RestIntent

_READ_TIMED_OUT = "java.net.SocketTimeoutException: Read timed out"
_SENT_METHODS = ("connect", "ConnectionStatusEvent", "publishStream", "StreamStatusEvent")


def _traffic(traffic: LabTraffic) -> Change:
    return change(log=LabLog(traffic=traffic))


HOOK_FAULTS = (
    Fault(
        "hooks-unanswered",
        "every second StreamStatusEvent gets neither an answer nor an error",
        "HKS102",
        _traffic(LabTraffic(unanswered=("StreamStatusEvent",))),
    ),
    Fault(
        "sequence-broken",
        "ConnectionStatusEvent never follows connect, though the app has the REST method",
        "HKS103",
        _traffic(LabTraffic(missing=("ConnectionStatusEvent",))),
    ),
    Fault(
        "no-hooks-sent",
        "the app has REST methods and WCS lives, but no web client came",
        "HKS104",
        change(log=LabLog(sessions=0)),
        warns=True,
    ),
    Fault(
        "removed-method-still-sent",
        "all REST methods were removed, as is meant, and hooks are sent all the same",
        "HKS105",
        change(
            app=LabApp(methods=()),
            log=LabLog(traffic=LabTraffic(removed=_SENT_METHODS)),
            asked=Asked(rest=RestIntent.OFF),
        ),
    ),
    Fault(
        "failures-hidden",
        "hooks of publishStream time out, and web clients publish all the same (restOnError LOG)",
        "LOG104",
        _traffic(LabTraffic(failing={"publishStream": _READ_TIMED_OUT})),
    ),
    Fault(
        "hooks-sent-twice",
        "WCS sends every second publishStream again",
        "HKS107",
        _traffic(LabTraffic(repeated=("publishStream",))),
        warns=True,
    ),
    Fault(
        "answers-near-limit",
        "real hooks are answered just within rest_request_timeout, here 1 s",
        "HKS108",
        change(
            settings=LabSettings({"rest_request_timeout": "1"}),
            log=LabLog(traffic=LabTraffic(answer_s=0.8)),
        ),
        warns=True,
    ),
    Fault(
        "pool-exhausted",
        "all connections to the web server are in use, and hooks wait for one",
        "HKS109",
        change(host=LabHost(pool=LabPool(leased=100, available=0, pending=37))),
    ),
)
