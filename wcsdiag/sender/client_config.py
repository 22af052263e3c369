"""What the `restClientConfig` of an answer to `connect` means, entry by entry (wcs.md 3.4, 3.5)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from wcsdiag.hooks.catalogue import find
from wcsdiag.hooks.effects import FAIL, LOG, effect_of_failure
from wcsdiag.hooks.exchange import Exchange
from wcsdiag.sender.judgement import answer_of
from wcsdiag.sender.remarks import Remark, Tone

_MOST_ENTRIES = 20
_SUBJECT = "restClientConfig"
_UNKNOWN = "what WCS does is not documented, since the value is none of the vendor's"
_POLICIES = {
    "NOTIFY": "the hook is sent, and the answer changes nothing",
    "OVERWRITE": "fields that restOverwrite names are taken from the answer",
    "DISABLE": "the hook is not sent",
    "DISABLED": "the hook is not sent",
}


def remarks_on_config(exchange: Exchange) -> Iterator[Remark]:
    """What follows from the configuration, or from its absence, for each REST method named.

    Nothing where the answer is not a JSON object, or the object is malformed as a whole.
    """
    answer = answer_of(exchange)
    if answer is None or exchange.status != 200:
        return
    config = answer.get(_SUBJECT, {})
    if not isinstance(config, Mapping):
        return
    for name, entry in list(config.items())[:_MOST_ENTRIES]:
        if isinstance(entry, Mapping) and find(str(name)) is not None:
            yield _note(f"{name}: {_meaning(str(name), entry)}")
    if len(config) > _MOST_ENTRIES:
        yield _note(f"{len(config) - _MOST_ENTRIES} more entries are not shown")
    log = effect_of_failure("StreamStatusEvent", LOG)
    if not config:
        where = "an empty" if _SUBJECT in answer else "no"
        yield _note(
            f"{where} restClientConfig in the answer: the defaults hold: restOnError LOG (where a "
            f"hook fails, {log}), restPolicy NOTIFY"
        )
        return
    yield _note(
        "REST methods that it does not name have restOnError LOG and restPolicy NOTIFY: where "
        f"such a hook fails, {log}. connect: "
        f"{effect_of_failure('connect', LOG)}"
    )


def _meaning(method: str, entry: Mapping[str, object]) -> str:
    on_error, by_default = _chosen(entry, "restOnError", LOG)
    policy, policy_by_default = _chosen(entry, "restPolicy", "NOTIFY")
    effect = effect_of_failure(method, on_error) if on_error in {LOG, FAIL} else _UNKNOWN
    parts = [
        f"restOnError {on_error}{by_default}: where it fails, {effect}",
        f"restPolicy {policy}{policy_by_default}: {_POLICIES.get(policy, _UNKNOWN)}",
    ]
    lists = ("restOverwrite", "restExclude", "clientExclude")
    parts += [f"{option}: {entry[option]}" for option in lists if entry.get(option)]
    return "; ".join(parts)


def _chosen(entry: Mapping[str, object], option: str, default: str) -> tuple[str, str]:
    value = entry.get(option)
    return (default, " (the default)") if value is None else (str(value), "")


def _note(text: str) -> Remark:
    return Remark(Tone.NOTE, _SUBJECT, text)
