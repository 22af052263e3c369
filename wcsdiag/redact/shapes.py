"""Secrets known by where they stand: under a key that says so, in a header, in a URL."""

from __future__ import annotations

import re

from wcsdiag.redact.forms import MASK
from wcsdiag.redact.names import ALONE, ASSIGNED, IN_DATA, IN_PROSE

# Bounded on both sides: a line of a megabyte must not cost its square.
_KEY_ALONE = rf"""(?: [\w.-]{{0,64}}[._-] )? (?: {ALONE} )"""
_KEY_OF_DATA = rf"""(?: [\w.-]{{0,64}}? (?: {IN_DATA} ) [\w.-]{{0,64}} | {_KEY_ALONE} )"""
_KEY_ASSIGNED = rf"""(?: [\w.-]{{0,64}}? (?: {ASSIGNED} ) [\w.-]{{0,64}} | {_KEY_ALONE} )"""
_KEY_OF_LINE = rf"""[\w.-]{{0,64}}?(?:{IN_PROSE})[\w.-]{{0,64}}"""
# What stands for a value in our own instructions, or says that there is none.
_PLACEHOLDER = (
    r"""(?:\[redacted\]|\.{3}|\*{3}|\$\w|\$\{|<|\(|"?(?:PASSWORD|SECRET|TOKEN|KEY)\b"""
    r"""|(?:null|none|true|false)\b)"""
)

_QUOTED = re.compile(
    rf"""(?ix)
    (?P<before> (?P<slash> \\{{0,4}}) (?P<quote> ["']) {_KEY_OF_DATA} (?P=slash) (?P=quote)
      \s* (?: : | = | => ) \s* )
    (?: (?P<open> \\{{0,4}} ["']) (?P<text> (?: (?! (?<!\\) (?P=open) ) [^\r\n] )* )
      (?: (?P=open) | $ | (?=[\r\n]) )
      | (?P<number> -?\d [\d.eE+-]* ) )
    """
)
_ASSIGNED = re.compile(
    rf"""(?ix)
    (?P<before> (?<![\w.-]) {_KEY_ASSIGNED} \s* = \s* )
    (?! \s* {_PLACEHOLDER} )
    (?: " [^"\r\n]* "? | ' [^'\r\n]* '? | [^\s,;&"'}}\])]+ )
    """
)
_WHOLE_LINE = re.compile(
    rf"""(?imx)
    ^ (?P<before> [ \t]* (?: - [ \t]+ )? {_KEY_OF_LINE} [ \t]* [:=] [ \t]* )
    (?! [ \t]* {_PLACEHOLDER} )
    \S [^\r\n]*
    """
)
_HEADER = re.compile(
    r"""(?ix)
    (?P<before> \b (?: proxy-authorization | authorization | set-cookie | cookie )
      \\{0,4} ["']? \s* : \s* \\{0,4} ["']? \s* )
    (?! \[redacted\] ) [^\s"'\\] [^"'\\\r\n]*
    """
)
_USERINFO = re.compile(r"(?P<before>://[^\s/@:\"'<>]*:)(?!\[redacted\])[^\s/\"'<>]+(?=@)")
_PRIVATE_KEY = re.compile(
    r"(?s)(?P<before>-----BEGIN [A-Z ]*PRIVATE KEY-----).*?(?=-----END [A-Z ]*PRIVATE KEY|\Z)"
)


def redact_shapes(text: str) -> str:
    """The text without what stands where secrets stand, whether or not they were learned."""
    text = _PRIVATE_KEY.sub(_mask, text)
    text = _HEADER.sub(_mask, text)
    text = _USERINFO.sub(_mask, text)
    text = _QUOTED.sub(_mask_quoted, text)
    text = _WHOLE_LINE.sub(_mask, text)
    return _ASSIGNED.sub(_mask, text)


def _mask(found: re.Match[str]) -> str:
    return found["before"] + MASK


def _mask_quoted(found: re.Match[str]) -> str:
    if found["open"] is None:
        return f'{found["before"]}"{MASK}"'
    if not found["text"]:
        return found[0]
    return found["before"] + found["open"] + MASK + found["open"]
