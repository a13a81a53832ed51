"""Properties are tried without a stopwatch: a loaded machine is no counter-example. In CI every run tries the same."""

from __future__ import annotations

import os

from hypothesis import settings

settings.register_profile("unhurried", deadline=None, derandomize="CI" in os.environ)
settings.load_profile("unhurried")
