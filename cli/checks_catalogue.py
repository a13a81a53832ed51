"""The doctor's look at the catalogue: the system goes on without a change that has a hole in it."""

from __future__ import annotations

from collections.abc import Iterator

from cli.checks import Finding, Level
from runtime.settings import Settings


def catalogue(settings: Settings) -> Iterator[Finding]:
    """The files as they lie there have no hole; how many they have, and the first."""
    from storage.catalogue_check import check

    where = settings.catalogue_dir or "随附目录"
    holes = check(settings.catalogue_dir)
    if not holes:
        yield Finding(Level.OK, f"服务目录没有漏洞（{where}）")
        return
    what = f"服务目录（{where}）有 {len(holes)} 处漏洞，运行中的系统不采用其改动（catalogue-not-taken），如：{holes[0]}"
    yield Finding(Level.WARN, what, "逐条列出：appeals catalogue check；改正后自动采用")
