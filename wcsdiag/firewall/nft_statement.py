"""The statements of a rule in nft's JSON, in order, as the model has them."""

from __future__ import annotations

from collections.abc import Callable

from wcsdiag.firewall import values
from wcsdiag.firewall.json_shape import (
    Json,
    UnexpectedError,
    as_list,
    as_map,
    as_number,
    as_text,
    only_item,
)
from wcsdiag.firewall.model import (
    Address,
    Basic,
    Dnat,
    Forget,
    Jump,
    Key,
    NotKnown,
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
    Verdict,
    VerdictMap,
    WithinLimit,
)
from wcsdiag.firewall.nft_fields import fields, implied, layer
from wcsdiag.firewall.nft_match import match
from wcsdiag.firewall.nft_text import statement_text
from wcsdiag.firewall.nft_values import element

Parsed = tuple[Statement, ...]

_FULL = 0xFFFFFFFF
_BASIC = {verdict.value: verdict for verdict in Basic}
_ICMP_KINDS = {
    "net-unreachable": Reject.NET_UNREACHABLE,
    "host-unreachable": Reject.HOST_UNREACHABLE,
    "prot-unreachable": Reject.PROTO_UNREACHABLE,
    "port-unreachable": Reject.PORT_UNREACHABLE,
    "net-prohibited": Reject.NET_PROHIBITED,
    "host-prohibited": Reject.HOST_PROHIBITED,
    "admin-prohibited": Reject.ADMIN_PROHIBITED,
    "addr-unreachable": Reject.HOST_UNREACHABLE,
    "no-route": Reject.NO_ROUTE,
}
_UNITS = {"bytes": 1, "kbytes": 1 << 10, "mbytes": 1 << 20, "gbytes": 1 << 30}
_NO_EFFECT = frozenset({"counter", "log", "comment", "secmark", "flow", "last", "dup"})
_NO_EFFECT_XT = frozenset({"LOG", "NFLOG", "ULOG", "TRACE", "TCPMSS", "CHECKSUM", "comment"})
_CHANGED_BY_META = {"mark": Key.MARK, "pkttype": Key.PKTTYPE}
_CHANGED_BY_PAYLOAD = {
    "saddr": Key.SADDR,
    "daddr": Key.DADDR,
    "sport": Key.SPORT,
    "dport": Key.DPORT,
}


def statements(raw: Json) -> Parsed:
    """One statement. What is not known becomes an effect that nothing is said about."""
    try:
        tag, content = only_item(raw)
        if tag == "match":
            return match(as_map(content))
        if tag in _NO_EFFECT:
            return ()
        known = verdict(raw)
        if known is not None:
            return (known,)
        form = _FORMS.get(tag)
        if form is not None:
            return form(content, raw)
    except (ValueError, KeyError, TypeError, IndexError):
        pass
    return (NotKnownEffect(statement_text(raw)),)


def verdict(raw: Json) -> Verdict | None:
    """A verdict without conditions, or None where the statement is something else."""
    tag, content = only_item(raw)
    if tag in {"jump", "goto"}:
        return Jump(as_text(as_map(content)["target"]), goto=tag == "goto")
    return _BASIC.get(tag)


def _reject(content: Json, _raw: Json) -> Parsed:
    body = content if isinstance(content, dict) else {}
    kind = body.get("type", "icmpx")
    if kind == "tcp reset":
        return (*layer("tcp"), Rejected(Reject.TCP_RESET))
    code = body.get("expr", "port-unreachable")
    found = Rejected(_ICMP_KINDS.get(str(code), Reject.OTHER))
    if kind == "icmp":
        return (*layer("ip"), found)
    if kind == "icmpv6":
        return (*layer("ip6"), found)
    return (found,)


def _limit(content: Json, raw: Json) -> Parsed:
    return (WithinLimit(statement_text(raw), over=bool(as_map(content).get("inv"))),)


def _quota(content: Json, raw: Json) -> Parsed:
    body = as_map(content) if isinstance(content, dict) else {}
    if "val" not in body:
        return (NotKnown(statement_text(raw)),)
    room = as_number(body["val"]) * _UNITS[str(body.get("val_unit", "bytes"))]
    used = as_number(body.get("used", 0)) * _UNITS[str(body.get("used_unit", "bytes"))]
    over = bool(body.get("inv"))
    return (WithinLimit(statement_text(raw), over=over if used < room else not over),)


def _meter(content: Json, raw: Json) -> Parsed:
    body = as_map(content)
    inner = tuple(found for part in as_list(body["stmt"]) for found in statements(part))
    if all(isinstance(part, WithinLimit) for part in inner):
        over = any(isinstance(part, WithinLimit) and part.over for part in inner)
        return (*implied(body["key"]), WithinLimit(statement_text(raw), over=over))
    return (NotKnown(statement_text(raw)),)


def _set_update(content: Json, raw: Json) -> Parsed:
    body = as_map(content)
    key = body["elem"]
    if isinstance(key, dict) and "elem" in key:
        key = as_map(key["elem"])["val"]
    parsed: list[Statement] = list(implied(key))
    for part in as_list(body.get("stmt", [])):
        parsed += [
            WithinLimit(statement_text(raw), found.over)
            if isinstance(found, WithinLimit)
            else NotKnown(statement_text(raw))
            for found in statements(part)
        ]
    return (*parsed, UpdatesSet(as_text(body["set"]).removeprefix("@")))


def _vmap(content: Json, _raw: Json) -> Parsed:
    body = as_map(content)
    read = fields(body["key"])
    keys = tuple(field.key for field in read)
    before = implied(body["key"])
    data = body["data"]
    if isinstance(data, str) and data.startswith("@"):
        return (*before, VerdictMap(keys, name=data[1:]))
    entries = []
    for part in as_list(as_map(data)["set"]):
        key, outcome = as_list(part)
        found = verdict(outcome)
        if found is None:
            raise UnexpectedError("not a verdict map")
        entries.append((element(key, read), found))
    return (*before, VerdictMap(keys, tuple(entries)))


def _mangle(content: Json, raw: Json) -> Parsed:
    body = as_map(content)
    tag, key = only_item(body["key"])
    details = as_map(key)
    if tag == "meta" and details.get("key") == "mark":
        return (_new_mark(body["value"]),)
    if tag == "ct" and details.get("key") == "mark":
        return (Forget((Key.CT_MARK,)),)
    changed = None
    if tag == "meta":
        changed = _CHANGED_BY_META.get(str(details.get("key")))
    if tag == "payload":
        if "field" not in details:
            return (NotKnownEffect(statement_text(raw)),)
        changed = _CHANGED_BY_PAYLOAD.get(str(details["field"]))
    return () if changed is None else (Forget((changed,)),)


def _new_mark(value: Json) -> Statement:
    if isinstance(value, int):
        return SetMark(value)
    mark: Json = {"meta": {"key": "mark"}}
    if value == {"ct": {"key": "mark"}}:
        return RestoreMark()
    if isinstance(value, dict) and len(value) == 1:
        operator, operands = only_item(value)
        if isinstance(operands, list) and operands[:1] == [mark] and len(operands) == 2:
            return _changed_mark(operator, as_number(operands[1]))
    return Forget((Key.MARK,))


def _changed_mark(operator: str, number: int) -> Statement:
    if operator == "|":
        return SetMark(number, mask=number)
    if operator == "&":
        return SetMark(0, mask=_FULL ^ number)
    return SetMark(number, mask=0) if operator == "^" else Forget((Key.MARK,))


def _address(raw: Json) -> Address | None:
    if raw is None:
        return None
    if isinstance(raw, dict) and "range" in raw:
        low, high = as_list(raw["range"])
        if low != high:
            raise UnexpectedError("which address of the range is not known")
        raw = low
    return values.address(as_text(raw))


def _port(raw: Json) -> int | Range | None:
    if raw is None or isinstance(raw, int):
        return raw
    low, high = as_list(as_map(raw)["range"])
    return Range(as_number(low), as_number(high))


def _dnat(content: Json, _raw: Json) -> Parsed:
    body = as_map(content)
    return (Dnat(_address(body.get("addr")), _port(body.get("port"))),)


def _redirect(content: Json, _raw: Json) -> Parsed:
    body = content if isinstance(content, dict) else {}
    return (Dnat(None, _port(body.get("port")), redirect=True),)


def _snat(content: Json, _raw: Json) -> Parsed:
    raw = as_map(content).get("addr")
    if isinstance(raw, dict):
        # Which source it becomes matters to nothing but what it is called afterwards.
        return (Snat(None),)
    return (Snat(_address(raw)),)


def _masquerade(_content: Json, _raw: Json) -> Parsed:
    return (Snat(None, masquerade=True),)


def _queue(_content: Json, _raw: Json) -> Parsed:
    return (Basic.QUEUE,)


def _notrack(_content: Json, _raw: Json) -> Parsed:
    return (NoTrack(),)


def _count(content: Json, raw: Json) -> Parsed:
    return _limit(content, raw)


def _xt(content: Json, raw: Json) -> Parsed:
    body = as_map(content)
    if body.get("name") in _NO_EFFECT_XT:
        return ()
    if body.get("type") == "match":
        return (NotKnown(statement_text(raw)),)
    return (NotKnownEffect(statement_text(raw)),)


_FORMS: dict[str, Callable[[Json, Json], Parsed]] = {
    "reject": _reject,
    "limit": _limit,
    "quota": _quota,
    "meter": _meter,
    "set": _set_update,
    "vmap": _vmap,
    "mangle": _mangle,
    "dnat": _dnat,
    "redirect": _redirect,
    "snat": _snat,
    "masquerade": _masquerade,
    "queue": _queue,
    "notrack": _notrack,
    "ct count": _count,
    "xt": _xt,
}
