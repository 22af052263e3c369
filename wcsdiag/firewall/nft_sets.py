"""Named sets and maps of nft's JSON."""

from __future__ import annotations

from wcsdiag.firewall.json_shape import Json, UnexpectedError, as_list, as_text
from wcsdiag.firewall.model import NamedSet, Value, Verdict
from wcsdiag.firewall.nft_fields import Field, set_field
from wcsdiag.firewall.nft_statement import verdict
from wcsdiag.firewall.nft_values import element


def named_set(body: dict[str, Json]) -> NamedSet:
    """A set or map. Where its type or an element is not known, it is not `understood`."""
    name = as_text(body["name"])
    dynamic = "dynamic" in as_list(body.get("flags", []))
    try:
        fields = _fields(body["type"])
        raw = as_list(body.get("elem", []))
        if "map" in body:
            return _map(name, body["map"], raw, fields, dynamic=dynamic)
        return NamedSet(name, tuple(element(part, fields) for part in raw), dynamic=dynamic)
    except (ValueError, KeyError, TypeError):
        return NamedSet(name, (), dynamic=dynamic, understood=False)


def _fields(raw: Json) -> tuple[Field, ...]:
    found = [set_field(as_text(part)) for part in as_list(raw)]
    known = tuple(field for field in found if field is not None)
    if len(known) != len(found):
        raise UnexpectedError("a type that is not known")
    return known


def _map(
    name: str, data: Json, raw: list[Json], fields: tuple[Field, ...], *, dynamic: bool
) -> NamedSet:
    if data != "verdict":
        return NamedSet(name, (), dynamic=dynamic, understood=False)
    keys: list[tuple[Value, ...]] = []
    verdicts: list[Verdict] = []
    for part in raw:
        key, outcome = as_list(part)
        found = verdict(outcome)
        if found is None:
            raise UnexpectedError("not a verdict")
        keys.append(element(key, fields))
        verdicts.append(found)
    return NamedSet(name, tuple(keys), tuple(verdicts), dynamic)
