"""REST methods of an app: the names that are documented, and which belong together (wcs.md 3.2).

Names are compared without case: the documentation itself spells them in several ways.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from wcsdiag.hooks.catalogue import CATALOGUE, find

CONNECT = "connect"

KNOWN_METHODS = tuple(method.name for method in CATALOGUE)
"""The documented names, each in every spelling."""

CLIENT_PASSES = (
    "without hooks the web client must pass everything itself: appKey, sipLogin, "
    "sipAuthenticationName, sipPassword, sipDomain, sipOutboundProxy, sipPort, "
    "sipRegisterRequired, and what a backend would have checked in `custom`"
)
"""What running without REST methods asks of the clients (wcs.md 3.9)."""


@dataclass(frozen=True)
class MethodGroup:
    """REST methods that one use of WCS needs together.

    `entry` are those that show the use is wanted: where none of them is present, the use as a
    whole is left out, and nothing of it is missing.
    """

    name: str
    entry: tuple[str, ...]
    methods: tuple[str, ...]


METHOD_GROUPS = (
    MethodGroup(
        "connection", ("connect", "ConnectionStatusEvent"), ("connect", "ConnectionStatusEvent")
    ),
    MethodGroup(
        "SIP registration",
        ("RegistrationStatusEvent", "call", "OnCallEvent", "sendMessage"),
        ("RegistrationStatusEvent",),
    ),
    MethodGroup(
        "calls",
        ("call", "OnCallEvent", "CallStatusEvent"),
        ("call", "OnCallEvent", "CallStatusEvent", "hangup"),
    ),
    MethodGroup(
        "messages",
        ("sendMessage", "OnMessageEvent", "MessageStatusEvent"),
        ("sendMessage", "OnMessageEvent", "MessageStatusEvent"),
    ),
    MethodGroup(
        "streaming",
        ("publishStream", "playStream", "StreamStatusEvent"),
        ("publishStream", "playStream", "StreamStatusEvent"),
    ),
)


def is_known_method(name: str) -> bool:
    """True where the name is a documented REST method, in whatever case."""
    return find(name) is not None


def missing_of(group: MethodGroup, methods: Iterable[str]) -> tuple[str, ...]:
    """The group's methods that are not among `methods`, compared without case."""
    present = {method.lower() for method in methods}
    return tuple(method for method in group.methods if method.lower() not in present)


def is_used(group: MethodGroup, methods: Iterable[str]) -> bool:
    """True where one of the methods that begin the use is present."""
    present = {method.lower() for method in methods}
    return any(method.lower() in present for method in group.entry)
