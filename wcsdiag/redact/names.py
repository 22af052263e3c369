"""Names that say that their value is a secret, as parts of patterns that ignore case."""

from __future__ import annotations

IN_PROSE = r"password|passwd|passphrase|secret|token|[._-]pass\b|pwd|api[._-]?key|access[._-]?key"
"""Those that mean a secret even at the beginning of a line of plain text."""

ASSIGNED = IN_PROSE + r"|passw|private[._-]?key|credential|jwt"
"""Those that do before an equals sign too: their value is one word."""

IN_DATA = ASSIGNED + r"|authorization|cookie|bearer"
"""Those that do where the name stands in quotes, as in JSON: their value may be several words."""

ALONE = r"pass|pin"
"""Those that do as the whole name, or after a dot, a dash or an underscore."""
