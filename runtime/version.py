"""The version of this application, in one place for code; a test holds it equal to pyproject.toml's."""

from typing import Final

VERSION: Final = "0.1.0"

DATA_LAYOUT: Final = 1
"""The layout of a data directory. Raised when an older application could no longer use what this one writes."""
