"""The targets of iptables rules, with their options."""

from __future__ import annotations

from collections.abc import Callable, Container

from wcsdiag.firewall import values
from wcsdiag.firewall.iptables_options import Option, Parts
from wcsdiag.firewall.model import (
    Address,
    Basic,
    Dnat,
    Forget,
    Jump,
    Key,
    NotKnownEffect,
    NoTrack,
    Range,
    Reject,
    Rejected,
    RestoreMark,
    SetMark,
    Snat,
    Statement,
    UpdatesSet,
)

Options = dict[str, tuple[str, ...]]
Parsed = tuple[Statement, ...]

_FULL = 0xFFFFFFFF
_BASIC = {
    "ACCEPT": Basic.ACCEPT,
    "DROP": Basic.DROP,
    "RETURN": Basic.RETURN,
    "QUEUE": Basic.QUEUE,
    "NFQUEUE": Basic.QUEUE,
}
_NO_EFFECT = frozenset({
    "LOG", "NFLOG", "ULOG", "TRACE", "AUDIT", "TCPMSS", "CHECKSUM", "CLASSIFY", "DSCP", "TOS",
    "TTL", "HL", "ECN", "TEE", "LED", "RATEEST", "SECMARK", "CONNSECMARK", "TCPOPTSTRIP",
    "IDLETIMER",
})  # fmt: skip
_REJECTS = {
    "tcp-reset": Reject.TCP_RESET,
    "icmp-net-unreachable": Reject.NET_UNREACHABLE,
    "net-unreach": Reject.NET_UNREACHABLE,
    "icmp-host-unreachable": Reject.HOST_UNREACHABLE,
    "host-unreach": Reject.HOST_UNREACHABLE,
    "icmp-port-unreachable": Reject.PORT_UNREACHABLE,
    "port-unreach": Reject.PORT_UNREACHABLE,
    "icmp6-port-unreachable": Reject.PORT_UNREACHABLE,
    "icmp-proto-unreachable": Reject.PROTO_UNREACHABLE,
    "proto-unreach": Reject.PROTO_UNREACHABLE,
    "icmp-net-prohibited": Reject.NET_PROHIBITED,
    "net-prohib": Reject.NET_PROHIBITED,
    "icmp-host-prohibited": Reject.HOST_PROHIBITED,
    "host-prohib": Reject.HOST_PROHIBITED,
    "icmp-admin-prohibited": Reject.ADMIN_PROHIBITED,
    "admin-prohib": Reject.ADMIN_PROHIBITED,
    "icmp6-adm-prohibited": Reject.ADMIN_PROHIBITED,
    "adm-prohibited": Reject.ADMIN_PROHIBITED,
    "icmp6-addr-unreachable": Reject.HOST_UNREACHABLE,
    "addr-unreach": Reject.HOST_UNREACHABLE,
    "icmp6-no-route": Reject.NO_ROUTE,
    "no-route": Reject.NO_ROUTE,
}


class _UnknownError(ValueError):
    """The option means something that the model does not have."""


def target(parts: Parts, chains: Container[str], text: str) -> Parsed:
    """What the rule does. A target that is not known may do anything: the fate depends on it."""
    name = parts.target
    if name is None:
        return ()
    if name in chains:
        return (Jump(name, parts.goto),)
    if name in _BASIC:
        return (_BASIC[name],)
    if name in _NO_EFFECT:
        return ()
    options = {option.name: _arguments(option) for option in parts.target_options}
    try:
        return _TARGETS[name](options)
    except (KeyError, ValueError, IndexError):
        return (NotKnownEffect(text),)


def _arguments(option: Option) -> tuple[str, ...]:
    return option.arguments


def _reject(options: Options) -> Parsed:
    kind = options.get("--reject-with", ("icmp-port-unreachable",))[0]
    return (Rejected(_REJECTS.get(kind, Reject.OTHER)),)


def _value_and_mask(text: str, default: int) -> tuple[int, int]:
    value, found, mask = text.partition("/")
    return int(value, 0), int(mask, 0) if found else default


def _mark(options: Options) -> Parsed:
    if "--set-xmark" in options:
        value, mask = _value_and_mask(options["--set-xmark"][0], _FULL)
        return (SetMark(value, mask),)
    if "--set-mark" in options:
        value, mask = _value_and_mask(options["--set-mark"][0], _FULL)
        return (SetMark(value, mask | value),)
    if "--and-mark" in options:
        return (SetMark(0, _FULL ^ int(options["--and-mark"][0], 0)),)
    if "--or-mark" in options:
        bits = int(options["--or-mark"][0], 0)
        return (SetMark(bits, bits),)
    return (SetMark(int(options["--xor-mark"][0], 0), 0),)


def _connmark(options: Options) -> Parsed:
    if "--restore-mark" not in options:
        return (Forget((Key.CT_MARK,)),)
    masks = [int(options[name][0], 0) for name in ("--nfmask", "--ctmask") if name in options]
    if masks and masks != [masks[0]] * 2:
        return (Forget((Key.MARK,)),)
    mask = int(options["--mask"][0], 0) if "--mask" in options else _FULL
    return (RestoreMark(masks[0] if masks else mask),)


def _ct(options: Options) -> Parsed:
    return (NoTrack(),) if "--notrack" in options else ()


def _notrack(_options: Options) -> Parsed:
    return (NoTrack(),)


def _dnat(options: Options) -> Parsed:
    address, port = _endpoint(options["--to-destination"][0])
    if isinstance(address, Range):
        raise _UnknownError("which address of the range is not known")
    return (Dnat(address, port),)


def _snat(options: Options) -> Parsed:
    address, _ = _endpoint(options["--to-source"][0])
    return (Snat(address),)


def _endpoint(text: str) -> tuple[Address | Range | None, int | Range | None]:
    """`10.0.0.1`, `10.0.0.1-10.0.0.9:80-90`, `[fd00::1]:80`, `:80`."""
    host, port = text, ""
    if text.startswith("["):
        host, _, port = text[1:].partition("]")
        port = port.lstrip(":")
    elif text.count(":") == 1:
        host, _, port = text.partition(":")
    return _hosts(host), _port(port.partition("/")[0])


def _hosts(text: str) -> Address | Range | None:
    if not text:
        return None
    low, found, high = text.replace("[", "").replace("]", "").partition("-")
    if found and low != high:
        return values.span(values.address(low), values.address(high))
    return values.address(low)


def _port(text: str) -> int | Range | None:
    if not text:
        return None
    low, found, high = text.partition("-")
    return Range(int(low), int(high)) if found else int(low)


def _redirect(options: Options) -> Parsed:
    port = options.get("--to-ports", ("",))[0]
    return (Dnat(None, _port(port), redirect=True),)


def _masquerade(_options: Options) -> Parsed:
    return (Snat(None, masquerade=True),)


def _set(options: Options) -> Parsed:
    changed = [options[name] for name in ("--add-set", "--del-set") if name in options]
    return tuple(UpdatesSet(arguments[0]) for arguments in changed)


_TARGETS: dict[str, Callable[[Options], Parsed]] = {
    "REJECT": _reject,
    "MARK": _mark,
    "CONNMARK": _connmark,
    "CT": _ct,
    "NOTRACK": _notrack,
    "DNAT": _dnat,
    "SNAT": _snat,
    "REDIRECT": _redirect,
    "MASQUERADE": _masquerade,
    "SET": _set,
}
