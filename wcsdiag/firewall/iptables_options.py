"""The words of one iptables rule, taken apart: options with their negation and arguments."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

BASE = {
    "-p": 1, "--protocol": 1, "-s": 1, "--source": 1, "-d": 1, "--destination": 1,
    "-i": 1, "--in-interface": 1, "-o": 1, "--out-interface": 1, "-f": 0, "--fragment": 0,
}  # fmt: skip
"""The options that belong to no module, with the number of their arguments."""

TARGET = frozenset({"-j", "--jump", "-g", "--goto"})

_FREE_TEXT = frozenset(
    {"--comment", "--string", "--hex-string", "--log-prefix", "--nflog-prefix", "--name"}
)


@dataclass(frozen=True)
class Option:
    """`! --dport 80:90`: name, arguments, negation; `module` is the `-m` that it belongs to."""

    name: str
    arguments: tuple[str, ...]
    negated: bool
    module: str = ""

    @property
    def text(self) -> str:
        """As it is written."""
        return " ".join((*(("!",) if self.negated else ()), self.name, *self.arguments))


@dataclass(frozen=True)
class Module:
    """A `-m NAME` with the options that follow it."""

    name: str
    options: tuple[Option, ...]

    @property
    def text(self) -> str:
        """As it is written."""
        return " ".join((f"-m {self.name}", *(option.text for option in self.options)))


@dataclass(frozen=True)
class Parts:
    """One rule: base options, modules in order, and the target with its options."""

    base: tuple[Option, ...]
    modules: tuple[Module, ...]
    target: str | None
    goto: bool
    target_options: tuple[Option, ...]


def parts(words: list[str]) -> Parts:
    """Take the words after `-A CHAIN` apart. Never raises."""
    cut = _target_at(words)
    target = words[cut + 1] if cut + 1 < len(words) else None
    options = tuple(_options(words[cut + 2 :]))
    base: list[Option] = []
    modules: list[tuple[str, list[Option]]] = []
    for option in _options(words[:cut]):
        if option.name in {"-m", "--match"} and option.arguments:
            modules.append((option.arguments[0], []))
        elif option.name in BASE:
            base.append(option)
        elif modules:
            modules[-1][1].append(option)
        else:
            base.append(option)
    goto = cut < len(words) and words[cut] in {"-g", "--goto"}
    found = tuple(Module(name, tuple(options)) for name, options in modules)
    return Parts(tuple(base), found, target, goto, options)


def _target_at(words: list[str]) -> int:
    """Where the target begins; what a person wrote after `--comment` does not count."""
    for index, word in enumerate(words):
        if word in TARGET and (index == 0 or words[index - 1] not in _FREE_TEXT):
            return index
    return len(words)


def _options(words: list[str]) -> Iterator[Option]:
    index, negated = 0, False
    while index < len(words):
        word = words[index]
        index += 1
        if word == "!":
            negated = True
            continue
        arguments: list[str] = []
        if word in _FREE_TEXT and index < len(words):
            arguments.append(words[index])
            index += 1
        while index < len(words) and not _begins(words, index):
            arguments.append(words[index])
            index += 1
        yield Option(word, tuple(arguments), negated)
        negated = False


def _begins(words: list[str], index: int) -> bool:
    """Does an option begin here? A negative number is none, nor is a lone dash."""
    word = words[index]
    if word == "!":
        return index + 1 < len(words) and words[index + 1].startswith("-")
    return word.startswith("-") and len(word) > 1 and not word[1].isdigit()
