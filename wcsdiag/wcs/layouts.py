"""Text that a command prints for a person, as records: tables, blocks and lines.

How the WCS CLI lays out its lists is not documented (wcs.md 1.1). Each reader here takes one
plausible layout and gives None where the text is not of its kind.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence

from wcsdiag.wcs.fields import Field, field_of, is_app_name

Record = dict[Field, str]
Records = list[Record]

_BAR = re.compile(r"[|\u2502\u2503\u2551]")
_RULE = re.compile(r"[\s+=_\-|:*\u2500-\u257f]+")
_PAIR = re.compile(
    r"\s*[-*\u2022]?\s*[\"']?(?P<key>[A-Za-z][\w .-]{0,30}?)[\"']?\s*[:=]\s*(?P<value>.*)"
)
_INLINE = re.compile(
    r"(?P<key>[A-Za-z][\w-]{0,30})\s*[=:]\s*"
    r"(?P<value>\"[^\"]*\"|'[^']*'|\[[^\]]*\]|[^\s,;|'\"{}\[\]()]*)"
)
_URL = re.compile(r"\S*://\S*")
_FOOTER = re.compile(
    r"(?:total\b.*|\(?\d+ (?:rows?|apps?|applications?)\b.*|(?:list of )?(?:apps|applications)\W*)",
    re.IGNORECASE,
)
_LIST_OF_NAMES = frozenset({"defaultApp", "flashStreamingApp"})


def records_of(text: str) -> Records | None:
    """The records of the first layout that fits; None where none does; [] is an empty list."""
    lines = text.splitlines()
    if not any(line.strip() for line in lines):
        return None
    readers = (_json, _bordered, _columns, _one_line_each, _blocks, _bare_lines)
    return next((found for reader in readers if (found := reader(lines)) is not None), None)


def cells_of_rows(text: str) -> list[list[str]]:
    """Every row of a bordered or plain text as its cells; rules and blank lines left out."""
    rows = []
    for line in text.splitlines():
        if not line.strip() or _RULE.fullmatch(line):
            continue
        rows.append(_bar_cells(line) if _BAR.search(line) else _split_gaps(line))
    return rows


def _json(lines: Sequence[str]) -> Records | None:
    text = "\n".join(lines).strip()
    if not text.startswith(("{", "[")):
        return None
    try:
        value: object = json.loads(text)
    except (ValueError, RecursionError):
        return None
    items = value if isinstance(value, list) else [value]
    records = [_json_record(item) for item in items if isinstance(item, dict)]
    return records if len(records) == len(items) and all(records) else None


def _json_record(item: dict[object, object]) -> Record:
    record: Record = {}
    for key, value in item.items():
        field = field_of(str(key))
        if field is not None and value is not None:
            record[field] = " ".join(map(str, value)) if isinstance(value, list) else str(value)
    return record


def _bordered(lines: Sequence[str]) -> Records | None:
    rows = [_bar_cells(line) for line in lines if _BAR.search(line) and not _RULE.fullmatch(line)]
    if not rows:
        return None
    heading = _heading(rows[0])
    if heading is None:
        return _two_columns(rows)
    records: Records = []
    for row in rows[1:]:
        if len(row) != len(heading):
            return None
        if _continues(row) and records:
            _append(records[-1], heading, row)
        else:
            records.append(_record(heading, row))
    return records


def _bar_cells(line: str) -> list[str]:
    cells = [cell.strip() for cell in _BAR.split(line)]
    first, last = (not cells[0]), (not cells[-1])
    return cells[1 if first else 0 : len(cells) - 1 if last else len(cells)]


def _two_columns(rows: Sequence[Sequence[str]]) -> Records | None:
    """A bordered table whose first column names the fields, one app below the other."""
    if any(len(row) != 2 for row in rows):
        return None
    known = [(field, row[1]) for row in rows if (field := field_of(row[0])) is not None]
    return _grouped(known) if len(known) * 2 > len(rows) else None


def _continues(row: Sequence[str]) -> bool:
    return not row[0] and any(row)


def _append(record: Record, heading: Sequence[Field | None], row: Sequence[str]) -> None:
    for field, cell in zip(heading, row, strict=True):
        if field is not None and cell:
            joint = " " if field is Field.METHODS else ""
            record[field] = record.get(field, "") + joint + cell


def _heading(cells: Sequence[str]) -> list[Field | None] | None:
    """The fields of a heading; None where it is not one: it must tell apps from each other."""
    fields = [field_of(cell) for cell in cells]
    known = {field for field in fields if field is not None}
    names_app = bool(known & {Field.NAME, Field.KEY})
    return fields if names_app and (len(known) > 1 or len(fields) == 1) else None


def _record(heading: Sequence[Field | None], row: Sequence[str]) -> Record:
    pairs = zip(heading, row, strict=True)
    return {field: cell for field, cell in pairs if field is not None}


def _columns(lines: Sequence[str]) -> Records | None:
    filled = [line for line in lines if line.strip() and not _RULE.fullmatch(line)]
    for at, line in enumerate(filled[:6]):
        for cells in (_split_gaps(line), line.split()):
            heading = _heading(cells)
            if heading is not None and len(heading) > 1:
                starts = _starts(line, cells)
                rows = [row for row in filled[at + 1 :] if not _FOOTER.fullmatch(row.strip())]
                split = [_split_row(row, starts) for row in rows]
                if all(row is not None for row in split):
                    return [_record(heading, row) for row in split if row is not None]
    return None


def _split_gaps(line: str) -> list[str]:
    return [cell for cell in re.split(r"\t+|\s{2,}", line.strip()) if cell]


def _starts(line: str, cells: Sequence[str]) -> list[int]:
    starts, position = [], 0
    for cell in cells:
        position = line.index(cell, position)
        starts.append(position)
        position += len(cell)
    return starts


def _split_row(row: str, starts: Sequence[int]) -> list[str] | None:
    """A row's cells: by the heading's columns where they stand free, else by gaps, else blanks."""
    if "\t" in row:
        cells = [cell.strip() for cell in row.split("\t")]
        return cells if len(cells) == len(starts) else None
    if all(_stands_free(row, start) for start in starts):
        ends = [*starts[1:], None]
        return [row[start:end].strip() for start, end in zip(starts, ends, strict=True)]
    for cells in (_split_gaps(row), row.split()):
        if len(cells) == len(starts):
            return cells
    return None


def _stands_free(row: str, start: int) -> bool:
    """True where a cell begins exactly at `start`, or is empty there."""
    if row[max(0, start - 1) : start].strip():
        return False
    return bool(row[start : start + 1].strip()) or not row[start : start + 2].strip()


def _one_line_each(lines: Sequence[str]) -> Records | None:
    """`name=defaultApp, appKey=defaultApp, url=http://...` and `App{name='defaultApp', ...}`."""
    records: Records = []
    for line in _content(lines):
        pairs = [
            (field_of(pair["key"]), _unquoted(pair["value"])) for pair in _INLINE.finditer(line)
        ]
        record = {field: value for field, value in pairs if field is not None}
        if len(record) < 2 or not record.keys() & {Field.NAME, Field.KEY}:
            return None
        records.append(record)
    return records or None


def _unquoted(value: str) -> str:
    return value.strip().strip("\"'[]")


def _blocks(lines: Sequence[str]) -> Records | None:
    """`key: value` or `key=value`, one to a line; a new app begins where a field comes again."""
    found: list[tuple[Field, str]] = []
    known, unknown = 0, 0
    title: str | None = None
    for line in _content(lines):
        pair = _PAIR.fullmatch(line)
        field = field_of(pair["key"]) if pair is not None else None
        if pair is not None and field is not None and pair["value"].strip():
            if title is not None and field is not Field.NAME:
                found.append((Field.NAME, title))
            title = None
            known += 1
            found.append((field, _unquoted(pair["value"])))
        elif pair is not None and field is not None:
            known += 1
        else:
            title = _title(line) or title
            unknown += title is None
    return _grouped(found) if known > unknown else None


def _title(line: str) -> str | None:
    """The name in a line that heads a block: `[defaultApp]`, `defaultApp:`, `App defaultApp`."""
    words = re.sub(r"[\[\]:=#*\-]+(?=\s|$)|^[\[\]=#*\-\s]+", " ", line).replace("]", " ").split()
    if len(words) == 2 and words[0].lower() in {"app", "application", "name"}:
        return words[1]
    return words[0] if len(words) == 1 and is_app_name(words[0]) else None


def _grouped(pairs: Iterable[tuple[Field, str]]) -> Records | None:
    records: Records = [{}]
    for field, value in pairs:
        if field in records[-1] and field is not Field.OTHER:
            records.append({})
        records[-1][field] = value
    complete = [record for record in records if record.keys() & {Field.NAME, Field.KEY}]
    return complete if complete and len(complete) == len(records) else None


def _bare_lines(lines: Sequence[str]) -> Records | None:
    """`defaultApp defaultApp http://...`, or nothing but names, the stock apps among them."""
    rows = [
        [
            word.strip("()[],;<>")
            for word in re.split(r"\s+|->|=>|,\s", line)
            if word.strip("()[],;<>-*")
        ]
        for line in _content(lines)
    ]
    if not rows:
        return None
    if all(len(row) == 1 for row in rows):
        names = [row[0] for row in rows]
        plain = all(is_app_name(name) for name in names) and _LIST_OF_NAMES & set(names)
        return [{Field.NAME: name} for name in names] if plain else None
    records = [_bare_record(row) for row in rows]
    return [record for record in records if record] if all(records) else None


def _bare_record(row: Sequence[str]) -> Record:
    urls = [at for at, word in enumerate(row) if _URL.fullmatch(word)]
    if len(urls) != 1 or urls[0] not in {1, 2} or not all(map(is_app_name, row[: urls[0]])):
        return {}
    at = urls[0]
    return {Field.NAME: row[0], Field.KEY: row[at - 1], Field.URL: row[at]}


def _content(lines: Sequence[str]) -> list[str]:
    """The lines without blanks, rules and counts."""
    filled = (line.rstrip() for line in lines if line.strip() and not _RULE.fullmatch(line))
    return [line for line in filled if not _FOOTER.fullmatch(line.strip())]
