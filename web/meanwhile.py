"""How far the journal was when a form was shown: who acts on what has changed since is told who was first."""

from __future__ import annotations

import re
from typing import Final

SEEN: Final = "seen"
"""The hidden field that says so; of several appeals, ``number:seq``."""
_SEQ: Final = re.compile(r"[0-9]{1,9}")


def seq_of(text: object) -> int | None:
    """What a form says that was seen; None for one that does not say."""
    return int(text) if isinstance(text, str) and _SEQ.fullmatch(text) else None
