"""`python -m wcsdiag` is `wcsdiag`."""

from __future__ import annotations

import sys

from wcsdiag.cli.main import main

sys.exit(main())
