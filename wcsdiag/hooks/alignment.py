"""The hooks of a run laid beside the steps of its sequence."""

from __future__ import annotations

from collections.abc import Sequence as Row
from dataclasses import dataclass

from wcsdiag.hooks.seen import SeenHook
from wcsdiag.hooks.sequences import Sequence


@dataclass(frozen=True)
class Alignment:
    """`first` and `last` are, for each step, its hooks' ends or None where it is missing.

    `late` are steps that came, but after one that ought to follow them: number and hook before.
    """

    first: tuple[SeenHook | None, ...]
    last: tuple[SeenHook | None, ...]
    late: tuple[tuple[int, SeenHook], ...]

    @property
    def is_whole(self) -> bool:
        """True where every step came, each in its place."""
        return None not in self.first and not self.late


def aligned(sequence: Sequence, hooks: Row[SeenHook]) -> Alignment:
    """Each step with its hooks. A hook stays with the step that is reached as long as it fits."""
    keys = sequence.keys
    first: list[SeenHook | None] = [None] * len(keys)
    last = list(first)
    late: list[tuple[int, SeenHook]] = []
    reached = -1
    for hook in hooks:
        number = _step_of(hook.key, keys, reached, first)
        if number is None:
            continue
        if number < reached and first[number] is None:
            ahead = first[reached]
            assert ahead is not None
            late.append((number, ahead))
        if first[number] is None:
            first[number] = hook
        last[number] = hook
        reached = max(reached, number)
    return Alignment(tuple(first), tuple(last), tuple(late))


def shared_out(sequence: Sequence, alignment: Alignment) -> Alignment:
    """Where a step is missing and one before it has the same REST method and several hooks, the
    last of these is taken for it: what came between them is what is missing."""
    first, last = list(alignment.first), list(alignment.last)
    for number, keys in enumerate(sequence.keys):
        before = next((n for n in range(number) if sequence.keys[n] == keys), number)
        lacks_all = before < number and not any(first[before + 1 : number + 1])
        if lacks_all and first[before] is not last[before]:
            first[number] = last[number] = last[before]
    return Alignment(tuple(first), tuple(last), alignment.late)


def _step_of(
    key: str, keys: tuple[tuple[str, ...], ...], reached: int, first: list[SeenHook | None]
) -> int | None:
    if reached >= 0 and key in keys[reached]:
        return reached
    for number in range(reached + 1, len(keys)):
        if key in keys[number]:
            return number
    back = [number for number in range(reached) if key in keys[number]]
    unfilled = [number for number in back if first[number] is None]
    return next(iter(unfilled or back), None)
