"""Rules of nft's JSON in nft's own language, as `nft list ruleset` prints them."""

from __future__ import annotations

from collections.abc import Callable

from wcsdiag.firewall.json_shape import Json, UnexpectedError, as_list, as_map, compact, only_item

Form = Callable[[Json], str]

_DEPTH = 12
_HEX = {"mark"}
_BARE_META = {
    "iif", "oif", "iifname", "oifname", "iifgroup", "oifgroup", "iiftype", "oiftype",
}  # fmt: skip
_QUOTED = {"iif", "oif", "iifname", "oifname", "time", "hour", "day"}
_ANY_BIT = {"|": " | ", "&": " & ", "^": " ^ ", "<<": " << ", ">>": " >> "}


def rule_text(expressions: list[Json], comment: str | None = None) -> str:
    """One line. What has no form known here is rendered as the literal JSON."""
    parts = [statement_text(part) for part in expressions]
    if comment is not None:
        parts.append(f'comment "{comment}"')
    return " ".join(part for part in parts if part)


def statement_text(statement: Json) -> str:
    """One statement; the literal JSON where it is of a kind without a form here."""
    try:
        tag, content = only_item(statement)
        if tag == "match":
            return match_text(as_map(content))
        if tag in {"accept", "drop", "return", "continue", "notrack"}:
            return tag
        if tag in {"jump", "goto"}:
            return f"{tag} {as_map(content)['target']}"
        form = _FORMS.get(tag)
        if form is not None:
            return form(content)
    except (UnexpectedError, KeyError, ValueError):
        pass
    return compact(statement)


def match_text(body: dict[str, Json]) -> str:
    """A match: the expression, the operator where nft prints it, and the value."""
    try:
        left, right = body["left"], body["right"]
        operator = str(body.get("op", "=="))
        name = _key_of(left)
        if isinstance(right, bool):
            return f"{expression_text(left)} {'exists' if right else 'missing'}"
        masked = isinstance(left, dict) and "&" in left
        if masked and name == "tcp flags" and operator in {"==", "!="}:
            mask = _value_text(as_list(as_map(left)["&"])[1], name)
            sign = "!= " if operator == "!=" else ""
            return f"{name} {sign}{_value_text(right, name)} / {mask}"
        sign = f" {operator} "
        if operator == "in" or (operator == "==" and not masked and name != "tcp flags"):
            sign = " "
        return f"{expression_text(left)}{sign}{_value_text(right, name)}"
    except (UnexpectedError, KeyError, ValueError):
        return compact(body)


def _key_of(expression: Json) -> str:
    tag, content = only_item(expression)
    if tag == "&":
        return _key_of(as_list(content)[0])
    if tag == "payload" and isinstance(content, dict):
        return f"{content.get('protocol')} {content.get('field')}"
    return str(content.get("key")) if isinstance(content, dict) else tag


def expression_text(expression: Json, depth: int = 0) -> str:
    """An expression: what a match reads, or a value."""
    if depth > _DEPTH:
        return compact(expression)
    if not isinstance(expression, dict):
        return _plain(expression)
    tag, content = only_item(expression)
    below = depth + 1
    if tag == "set":
        inner = ", ".join(_entry_text(part, below) for part in as_list(content))
        return "{ " + inner + " }"
    if tag == "concat":
        return " . ".join(expression_text(part, below) for part in as_list(content))
    if tag == "range":
        return "-".join(expression_text(part, below) for part in as_list(content))
    if tag in _ANY_BIT:
        return _ANY_BIT[tag].join(_operand(part, below) for part in as_list(content))
    if not isinstance(content, dict):
        return compact(expression)
    return _tagged_text(tag, content, below) or compact(expression)


def _tagged_text(tag: str, content: dict[str, Json], depth: int) -> str | None:
    if tag == "payload":
        if "field" in content:
            return f"{content.get('protocol')} {content['field']}"
        return f"@{content.get('base')},{content.get('offset')},{content.get('len')}"
    if tag == "elem":
        return _element_text(content, depth)
    if tag == "map":
        key_text = expression_text(content["key"], depth)
        return f"{key_text} map {expression_text(content['data'], depth)}"
    simple = _SIMPLE.get(tag)
    return None if simple is None else simple(content)


def _meta(content: dict[str, Json]) -> str:
    key = str(content["key"])
    return key if key in _BARE_META else f"meta {key}"


def _ct(content: dict[str, Json]) -> str:
    direction = f" {content['dir']}" if "dir" in content else ""
    return f"ct{direction} {content['key']}"


def _fib(content: dict[str, Json]) -> str:
    flags = " . ".join(str(flag) for flag in as_list(content["flags"]))
    return f"fib {flags} {content['result']}"


_SIMPLE: dict[str, Callable[[dict[str, Json]], str]] = {
    "meta": _meta,
    "ct": _ct,
    "fib": _fib,
    "prefix": lambda content: f"{content['addr']}/{content['len']}",
    "tcp option": lambda content: f"tcp option {content.get('name')} {content.get('field')}",
    "socket": lambda content: f"socket {content['key']}",
    "rt": lambda content: f"rt {content['key']}",
}


def _operand(part: Json, depth: int) -> str:
    if isinstance(part, list):
        return "(" + " | ".join(expression_text(item, depth) for item in part) + ")"
    if isinstance(part, int) and not isinstance(part, bool):
        return f"0x{part:08x}"
    return expression_text(part, depth)


def _element_text(content: dict[str, Json], depth: int) -> str:
    text = expression_text(content["val"], depth)
    if "timeout" in content:
        text += f" timeout {content['timeout']}s"
    return text


def _entry_text(part: Json, depth: int) -> str:
    if isinstance(part, list) and len(part) == 2:
        key, data = part
        shown = statement_text(data) if _is_verdict(data) else expression_text(data, depth)
        return f"{expression_text(key, depth)} : {shown}"
    return expression_text(part, depth)


def _is_verdict(data: Json) -> bool:
    return isinstance(data, dict) and bool(
        data.keys() & {"accept", "drop", "return", "continue", "jump", "goto"}
    )


def _value_text(right: Json, name: str) -> str:
    if isinstance(right, str) and name in _QUOTED and not right.startswith("@"):
        return f'"{right}"'
    if name in _HEX and isinstance(right, int):
        return f"0x{right:08x}"
    if isinstance(right, list):
        return ",".join(expression_text(part) for part in right)
    if isinstance(right, dict) and name in _QUOTED and "set" in right:
        return "{ " + ", ".join(_value_text(part, name) for part in as_list(right["set"])) + " }"
    if isinstance(right, dict) and name in _QUOTED and "range" in right:
        return "-".join(_value_text(part, name) for part in as_list(right["range"]))
    return expression_text(right)


def _plain(value: Json) -> str:
    if isinstance(value, bool):
        return "exists" if value else "missing"
    return str(value) if isinstance(value, str | int) else compact(value)


def _counter(content: Json) -> str:
    if isinstance(content, dict):
        return f"counter packets {content['packets']} bytes {content['bytes']}"
    return "counter" if content is None else f"counter name {_plain(content)}"


def _limit(content: Json) -> str:
    body = as_map(content)
    over = "over " if body.get("inv") else ""
    unit = f" {body['rate_unit']}" if body.get("rate_unit", "packets") != "packets" else ""
    text = f"limit rate {over}{body['rate']}{unit}/{body['per']}"
    default = 5 if not unit else 0
    if body.get("burst", default) != default:
        text += f" burst {body['burst']} {body.get('burst_unit', 'packets')}"
    return text


def _reject(content: Json) -> str:
    if not isinstance(content, dict):
        return "reject"
    kind, code = content.get("type"), content.get("expr")
    if kind == "tcp reset":
        return "reject with tcp reset"
    if (kind, code) == ("icmpx", "port-unreachable"):
        return "reject"
    return f"reject with {kind} {code}"


def _log(content: Json) -> str:
    body = content if isinstance(content, dict) else {}
    text = "log"
    if "prefix" in body:
        text += f' prefix "{body["prefix"]}"'
    for name in ("level", "group", "snaplen"):
        if name in body:
            text += f" {name} {body[name]}"
    if "flags" in body:
        text += " flags " + ",".join(str(flag) for flag in as_list(body["flags"]))
    return text


def _nat(tag: str) -> Form:
    def form(content: Json) -> str:
        body = content if isinstance(content, dict) else {}
        family = f" {body['family']}" if "family" in body else ""
        target = expression_text(body["addr"]) if "addr" in body else ""
        if "port" in body:
            target += f":{expression_text(body['port'])}"
        to = f"{family} to {target}" if target else ""
        flags = "".join(f" {flag}" for flag in as_list(body.get("flags", [])))
        return f"{tag}{to}{flags}"

    return form


def _mangle(content: Json) -> str:
    body = as_map(content)
    name = _key_of(body["key"])
    return f"{expression_text(body['key'])} set {_value_text(body['value'], name)}"


def _vmap(content: Json) -> str:
    body = as_map(content)
    return f"{expression_text(body['key'])} vmap {expression_text(body['data'])}"


def _set(content: Json) -> str:
    body = as_map(content)
    extra = "".join(f" {statement_text(part)}" for part in as_list(body.get("stmt", [])))
    return f"{body['op']} {body['set']} {{ {expression_text(body['elem'])}{extra} }}"


def _count(content: Json) -> str:
    body = as_map(content)
    return f"ct count {'over ' if body.get('inv') else ''}{body['val']}"


def _quota(content: Json) -> str:
    body = as_map(content)
    used = f" used {body['used']} {body.get('used_unit', 'bytes')}" if body.get("used") else ""
    over = "over " if body.get("inv") else ""
    return f"quota {over}{body['val']} {body.get('val_unit', 'bytes')}{used}"


def _meter(content: Json) -> str:
    body = as_map(content)
    inner = f"{expression_text(body['key'])} {statement_text(body['stmt'])}"
    size = f" size {body['size']}" if "size" in body else ""
    return f"meter {body['name']}{size} {{ {inner} }}"


def _queue(content: Json) -> str:
    body = content if isinstance(content, dict) else {}
    return f"queue num {expression_text(body['num'])}" if "num" in body else "queue"


_FORMS: dict[str, Form] = {
    "counter": _counter,
    "limit": _limit,
    "reject": _reject,
    "log": _log,
    "dnat": _nat("dnat"),
    "snat": _nat("snat"),
    "masquerade": _nat("masquerade"),
    "redirect": _nat("redirect"),
    "mangle": _mangle,
    "vmap": _vmap,
    "set": _set,
    "ct count": _count,
    "quota": _quota,
    "meter": _meter,
    "queue": _queue,
}
