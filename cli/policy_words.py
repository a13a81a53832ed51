"""What `appeals policy` says."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from rich.markup import escape
from rich.table import Table

from cli.words import OUT
from domain.calendar import ZONE
from domain.clock import Colour
from domain.matrix import CLOCKS_CHINESE
from gateway.migration import Item, Result

SHOWN: Final = 20
CLOCKS: Final = CLOCKS_CHINESE
COLOURS: Final = {Colour.GREEN: "绿", Colour.YELLOW: "黄", Colour.ORANGE: "橙", Colour.RED: "红"}
RESULTS: Final = {
    Result.MOVED: "期限有变 / moved",
    Result.UNCHANGED: "期限不变 / unchanged",
    Result.REFUSED: "未予迁移 / refused",
    Result.PENDING: "尚无结果 / pending",
}


def grid(*heads: str) -> Table:
    """A table whose cells fold: Chinese has no blanks to break at, and must not be cut off."""
    table = Table()
    for head in heads:
        table.add_column(head, overflow="fold")
    return table


def tell(items: Sequence[Item], seconds: float, *, dry_run: bool) -> None:
    """The run in words: what moves, what could not be done, and how many of each."""
    _moves([item for item in items if item.moved])
    _left([item for item in items if item.result in {Result.REFUSED, Result.PENDING}])
    counted = Counter(item.result for item in items)
    for result, title in RESULTS.items():
        OUT.print(f"{title}: {counted[result]}")
    red = sum(_turns_red(item) for item in items)
    if red:
        OUT.print(f"[bold]因此变红 / turned red by this: {red}[/]")
    if dry_run:
        OUT.print("仅试算，未作任何改动 / tried only, nothing was changed")
    OUT.print(f"共 {len(items)} 件，{seconds:.1f} 秒 / {len(items)} appeals, {seconds:.1f} s")


def _turns_red(item: Item) -> bool:
    return item.colour_after is Colour.RED and item.colour_before is not Colour.RED


def _moves(items: Sequence[Item]) -> None:
    if not items:
        return
    table = grid("诉求 / appeal", "时限", "原到期 / was due", "现到期 / is due", "颜色")
    moves = [(item, one) for item in items for one in item.moved]
    for item, one in moves[:SHOWN]:
        late = " [bold red]已过[/]" if one.breached_by_change else ""
        table.add_row(item.number, CLOCKS[one.clock], _at(one.due_before), _at(one.due_after) + late, _colours(item))
    OUT.print(table)
    more = len(moves) - SHOWN
    if more > 0:
        OUT.print(f"另有 {more} 项，见 --report / {more} more, see --report")


def _left(items: Sequence[Item]) -> None:
    for item in items[:SHOWN]:
        OUT.print(f"[red]✗[/] {item.number} {RESULTS[item.result]} {escape(item.reason)}", soft_wrap=True)
    if any(item.late and item.result is Result.REFUSED for item in items):
        OUT.print("  [cyan]确需迁移时加 --even-if-late，流水会写明期限因此逾期[/]", soft_wrap=True)
    if any(item.result is Result.PENDING for item in items):
        OUT.print("  [cyan]再次运行同一命令，已办的不会重复 / run it again, nothing is done twice[/]", soft_wrap=True)
    if len(items) > SHOWN:
        OUT.print(f"另有 {len(items) - SHOWN} 件 / {len(items) - SHOWN} more")


def _at(at: datetime | None) -> str:
    return f"{at.astimezone(ZONE):%Y-%m-%d %H:%M}" if at else "无 / none"


def _colours(item: Item) -> str:
    if item.colour_before is None or item.colour_after is None:
        return ""
    was, becomes = COLOURS[item.colour_before], COLOURS[item.colour_after]
    return was if was == becomes else f"{was} → {becomes}"
