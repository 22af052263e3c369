"""The output of `nft -j list ruleset` (libnftables-json(5)) as a rule set."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace

from wcsdiag.firewall.json_shape import Json, as_list, as_map, as_number, as_text, compact
from wcsdiag.firewall.model import (
    Backend,
    Basic,
    Chain,
    Family,
    Hook,
    NamedSet,
    NotKnownEffect,
    Rule,
    Ruleset,
    Statement,
    Table,
)
from wcsdiag.firewall.nft_sets import named_set
from wcsdiag.firewall.nft_statement import statements
from wcsdiag.firewall.nft_text import rule_text

SCHEMA = 1
_MAX_PROBLEMS = 20
_IGNORED = frozenset({"metainfo", "flowtable", "counter", "quota", "limit", "ct helper",
                      "ct timeout", "ct expectation", "secmark", "synproxy"})  # fmt: skip
_SHAPE_ERRORS = (ValueError, KeyError, TypeError, IndexError, RecursionError)


@dataclass
class _Draft:
    family: Family
    name: str
    chains: dict[str, Chain] = field(default_factory=dict)
    rules: dict[str, list[Rule]] = field(default_factory=dict)
    sets: dict[str, NamedSet] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)

    def finished(self) -> Table:
        chains = {
            name: replace(chain, rules=tuple(self.rules.get(name, ())))
            for name, chain in self.chains.items()
        }
        return Table(Backend.NFT, self.family, self.name, chains, self.sets, tuple(self.problems))


class _Reader:
    def __init__(self) -> None:
        self._drafts: dict[tuple[str, str], _Draft] = {}
        self._problems: list[str] = []

    def problem(self, text: str, draft: _Draft | None = None) -> None:
        """Of one table, or of all that there is."""
        problems = self._problems if draft is None else draft.problems
        if len(problems) < _MAX_PROBLEMS:
            problems.append(text)

    def ruleset(self) -> Ruleset:
        tables = tuple(draft.finished() for draft in self._drafts.values())
        return Ruleset(tables, tuple(self._problems))

    def read(self, item: Json) -> None:
        """One object of the list: a table, chain, rule, set or map."""
        try:
            body = as_map(item)
            for kind, content in body.items():
                self._object(kind, content)
        except _SHAPE_ERRORS as error:
            text = f"nft: not understood ({error}): {compact(item, 120)}"
            self.problem(text, self._table_of(item))

    def _table_of(self, item: Json) -> _Draft | None:
        """The known table of an object that is neither a table nor a chain of it."""
        kind, body = next(iter(item.items())) if isinstance(item, dict) and item else ("", None)
        if kind not in {"rule", "set", "map", "element"} or not isinstance(body, dict):
            return None
        family, table = body.get("family"), body.get("table")
        if len(as_map(item)) != 1 or not isinstance(family, str) or not isinstance(table, str):
            return None
        return self._drafts.get((family, table))

    def _object(self, kind: str, content: Json) -> None:
        if kind in _IGNORED:
            return
        body = as_map(content)
        if kind == "table":
            self._draft(body, "name")
        elif kind == "chain":
            self._draft(body).chains[as_text(body["name"])] = _chain(body)
        elif kind == "rule":
            self._rule(body)
        elif kind in {"set", "map"}:
            found = named_set(body)
            self._draft(body).sets[found.name] = found
        elif kind == "element":
            self._elements(body)
        else:
            self.problem(f"nft: not known: {kind}")

    def _draft(self, body: dict[str, Json], name: str = "table") -> _Draft:
        key = as_text(body["family"]), as_text(body[name])
        if key not in self._drafts:
            self._drafts[key] = _Draft(Family(key[0]), key[1])
        return self._drafts[key]

    def _rule(self, body: dict[str, Json]) -> None:
        draft = self._draft(body)
        name = as_text(body["chain"])
        if name not in draft.chains:
            self.problem(f"nft: a rule in chain {name}, which table {draft.name} does not have")
            draft.chains[name] = Chain(name, ())
        rules = draft.rules.setdefault(name, [])
        rules.append(_rule(body, len(rules) + 1))

    def _elements(self, body: dict[str, Json]) -> None:
        draft = self._draft(body)
        known = draft.sets.get(as_text(body["name"]))
        if known is not None:
            draft.sets[known.name] = replace(known, understood=False)


def parse_nft_json(text: str) -> Ruleset:
    """The rule set; never raises. `problems` says where the text was cut off or not understood.

    A rule set with problems may lack rules: what it accepts is not proven.
    """
    if not text.strip():
        return Ruleset((), ("nft printed nothing",))
    try:
        root = as_map(json.loads(text))
        items = as_list(root["nftables"])
    except _SHAPE_ERRORS as error:
        return Ruleset((), (f"not the JSON of nft, or cut off: {error}",))
    version = _schema_version(items)
    if version != SCHEMA:
        said = "names no schema version" if version is None else f"has schema version {version}"
        return Ruleset((), (f"nft's JSON {said}; version {SCHEMA} is understood",))
    reader = _Reader()
    for item in items:
        reader.read(item)
    return reader.ruleset()


def _schema_version(items: list[Json]) -> Json:
    for item in items:
        if isinstance(item, dict) and isinstance(item.get("metainfo"), dict):
            version: Json = item["metainfo"].get("json_schema_version")
            return version
    return None


def _chain(body: dict[str, Json]) -> Chain:
    name = as_text(body["name"])
    if "hook" not in body:
        return Chain(name, ())
    policy = body.get("policy")
    device = body.get("dev")
    return Chain(
        name,
        (),
        hook=Hook(as_text(body["hook"])),
        priority=as_number(body.get("prio", 0)),
        policy=Basic(policy) if isinstance(policy, str) else None,
        kind=str(body.get("type", "filter")),
        device=None if device is None else ",".join(map(str, as_list(device))),
    )


def _rule(body: dict[str, Json], number: int) -> Rule:
    raw = as_list(body.get("expr", []))
    comment = body.get("comment")
    said = comment if isinstance(comment, str) else None
    try:
        text = rule_text(raw, said)
        parsed: tuple[Statement, ...] = tuple(found for part in raw for found in statements(part))
    except _SHAPE_ERRORS:
        text = compact(raw)
        parsed = (NotKnownEffect(text),)
    handle = body.get("handle")
    return Rule(
        text,
        parsed,
        number,
        handle=handle if isinstance(handle, int) else None,
        comment=said,
        packets=_packets(raw),
    )


def _packets(raw: list[Json]) -> int | None:
    for part in raw:
        counter = part.get("counter") if isinstance(part, dict) else None
        packets = counter.get("packets") if isinstance(counter, dict) else None
        if isinstance(packets, int):
            return packets
    return None
