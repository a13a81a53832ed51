"""The whole table event × clock, printed from :data:`domain.table.TABLE`: there is no second table to forget."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from domain.clock import ClockName
from domain.table import OPENING, TABLE, Clocks, Move
from domain.vocabulary import Action, Effect, Stage

KEEP, BACK = "keep", "back"
"""Cells without an effect of their own: the clock is left alone, or it is again what it was before the last action."""

_CHINESE = {
    KEEP: "–",
    BACK: "复原",
    Effect.START: "起算",
    Effect.START_PAUSED: "起算即停",
    Effect.PAUSE: "暂停",
    Effect.RESUME: "恢复",
    Effect.MEET: "完成",
    Effect.STOP: "终止",
    Effect.RESTART: "重新起算",
    Effect.EXTEND: "延长",
    Effect.REMEASURE: "重算",
    Effect.REFIT: "重算或增减",
    Effect.BEGIN: "开始起算",
    Effect.FOLLOW: "随之起止",
    Effect.FOLLOW_PAUSED: "随之起止并暂停",
}
_ENGLISH = {KEEP: "–", BACK: BACK} | {effect: effect.value.replace("_", " ") for effect in Effect}
CLOCKS_CHINESE = {
    ClockName.ACCEPT: "受理",
    ClockName.SIGN: "签收",
    ClockName.HANDLE: "办理",
    ClockName.REVIEW: "审核",
    ClockName.INSPECTION: "勘验",
    ClockName.SUPPLEMENT: "补正",
    ClockName.COMMITMENT: "承诺",
    ClockName.RATING: "评价",
    ClockName.VISIT: "回访",
    ClockName.TRANSFER_RECEIPT: "流转签收",
    ClockName.TRANSFER_REPLY: "流转答复",
    ClockName.STATUTORY: "法定",
    ClockName.SUPERVISION: "督办",
    ClockName.COOPERATION: "协办",
    ClockName.STEP: "步骤",
}
_BY_ITSELF = {Action.SUBMIT: "提交", Action.RUNG: "预警", Action.ESCALATE: "升级督办", Action.LEASE_ENDED: "认领到期"}


@dataclass(frozen=True, slots=True)
class Row:
    """One move of one event and what it does to each clock. ``to`` is the stage it leads to, None where that stays."""

    event: str
    title: str
    to: Stage | None
    cells: dict[ClockName, str]


def rows() -> Iterator[Row]:
    """Every move of every event, in the table's order; first the submission, last what only time does."""
    yield _row(Action.SUBMIT, Move(Stage.ACCEPT, OPENING))
    for action, transition in TABLE.items():
        for variant, move in transition.moves.items():
            yield _row(action, move, str(variant))
    for action in (Action.RUNG, Action.ESCALATE, Action.LEASE_ENDED):
        yield _row(action, Move())


def _row(action: Action, move: Move, variant: str = "") -> Row:
    title = _BY_ITSELF.get(action) or TABLE[action].title
    return Row(
        f"{action.value}/{variant}" if variant else action.value, title, move.to, _cells(action, move.to, move.clocks)
    )


def _cells(action: Action, to: Stage | None, clocks: Clocks) -> dict[ClockName, str]:
    if action is Action.CORRECT:
        return dict.fromkeys(ClockName, BACK)
    rest = Effect.STOP if to is Stage.CLOSED else KEEP
    return {name: clocks.get(name, rest) for name in ClockName}


def markdown(*, chinese: bool) -> str:
    """The table as Markdown."""
    words = _CHINESE if chinese else _ENGLISH
    clocks = [CLOCKS_CHINESE[name] if chinese else name.value for name in ClockName]
    head = [*(("事件", "操作", "环节") if chinese else ("event", "to")), *clocks]
    lines = [head, ["---"] * len(head)]
    for row in rows():
        told = [f"`{row.event}`", row.title] if chinese else [f"`{row.event}`"]
        lines.append([*told, row.to.value if row.to else "", *(words[cell] for cell in row.cells.values())])
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
