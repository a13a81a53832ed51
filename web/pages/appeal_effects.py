"""What an action would do, in a sentence: read from the table of transitions before anything is pressed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from api.paper_words import OUTCOMES
from domain.act import Act
from domain.appeal import Appeal
from domain.clock import ClockName, open_pauses
from domain.clock_names import AWAITED, name_of
from domain.deeds import ANSWER, DECISION
from domain.matrix import CLOCKS_CHINESE
from domain.people import Actor
from domain.procedure import END
from domain.service import StepOutcome
from domain.table import TABLE, Move, Transition
from domain.turns import TO_ASSIGN, TO_DECIDE, TO_HANDLE, TO_REVIEW
from domain.vocabulary import Action, Effect, Stage, VisitResult
from web.words import stage as stage_name

_NOTHING: Final = "只记入办理记录，不改变环节和时限"
_DONE: Final[Mapping[Effect, str]] = {
    Effect.START: "起算",
    Effect.START_PAUSED: "起算并暂停",
    Effect.BEGIN: "开始起算",
    Effect.RESTART: "重新起算",
    Effect.REMEASURE: "按新的时长重算",
    Effect.REFIT: "按新的事项重算",
    Effect.EXTEND: "延长",
    Effect.PAUSE: "暂停",
    Effect.RESUME: "恢复计时",
    Effect.MEET: "完成",
    Effect.STOP: "终止",
}
_OF_THE_OPEN: Final = frozenset({Effect.MEET, Effect.STOP, Effect.PAUSE, Effect.EXTEND, Effect.REMEASURE})
_TURNS: Final[Mapping[str, str]] = {
    TO_ASSIGN: "通知分派员交办",
    TO_HANDLE: "通知承办民警",
    TO_REVIEW: "通知负责人审核",
    TO_DECIDE: "通知负责人审批",
}
_TOLD: Final[Mapping[str, str]] = {"leader": "通知负责人", "dispatcher": "通知分派员", "enterprise": "告知企业"}
#: Bodies that lead to different moves, each with what it is called.
_WAYS: Final[Mapping[Action, tuple[tuple[str, dict[str, Any]], ...]]] = {
    Action.ACCEPT: (("", {}), ("有承诺补交的", {"commitments": [""]})),
    Action.REASSIGN: (("改派单位", {"unit": ""}), ("只换民警", {"officer": ""})),
    Action.REVIEW: (("同意", {"approved": True}), ("不同意", {"approved": False})),
    Action.DECIDE_EXTENSION: (("同意", {"granted": True}), ("不同意", {"granted": False})),
    Action.APPROVE_PARK: (("同意", {"granted": True}), ("不同意", {"granted": False})),
    Action.DECIDE_ROUND: (("再办一轮", {"again": True}), ("不再办", {"again": False})),
    Action.RATE: (("满意", {"grade": 5}), ("不满意", {"grade": 1})),
    Action.RECORD_VISIT: (
        ("满意", {"result": VisitResult.SATISFIED.value}),
        ("不满意", {"result": VisitResult.DISSATISFIED.value}),
        ("联系不上", {"result": VisitResult.UNREACHABLE.value}),
    ),
    Action.SUPERVISE: (("不写时限", {}), ("写明时限", {"limit": "1 day"})),
}


def consequences(appeal: Appeal, actor: Actor, action: Action) -> list[str]:
    """One sentence for each way that the action may go. Of a step, its outcomes say it."""
    if action is Action.COMPLETE_STEP:
        return []
    transition = TABLE[action]
    found: dict[str, str] = {}
    for name, body in _WAYS.get(action, (("", {}),)):
        move = transition.moves[transition.choose(appeal, Act(action, actor, body))]
        said = "；".join(_parts(appeal, transition, move)) or _NOTHING
        found.setdefault(said, name)
    if len(found) == 1:
        return [f"{next(iter(found))}。"]
    return [f"{name}：{said}。" if name else f"{said}。" for said, name in found.items()]


def effect_of(appeal: Appeal, actor: Actor, action: Action, body: Mapping[str, Any]) -> str:
    """What this very body would lead to."""
    transition = TABLE[action]
    move = transition.moves[transition.choose(appeal, Act(action, actor, dict(body)))]
    return f"{'；'.join(_parts(appeal, transition, move)) or _NOTHING}。"


def of_outcome(appeal: Appeal, outcome: StepOutcome) -> str:
    """What follows from an outcome of a step."""
    transition = TABLE[Action.COMPLETE_STEP]
    said = [*_outcome(appeal, outcome), *_parts(appeal, transition, transition.moves[outcome.clocks])]
    return "；".join(said) + "。" if said else f"{_NOTHING}。"


def _outcome(appeal: Appeal, outcome: StepOutcome) -> Iterator[str]:
    service = appeal.rules.service
    names = [step.name for code in outcome.nexts if code != END and (step := service.step(code))]
    if names:
        yield f"下一步：{'、'.join(names)}"
    if outcome.result:
        yield f"结果记为“{OUTCOMES[outcome.result]}”"
    if outcome.issues:
        yield f"出具“{outcome.issues.name}”"
    if outcome.tells:
        yield "告知企业"


def _parts(appeal: Appeal, transition: Transition, move: Move) -> Iterator[str]:
    if move.again:
        yield f"进入第{appeal.round + 1}轮，回到“{stage_name(Stage.ASSIGN)}”环节"
    elif move.to is Stage.CLOSED:
        yield "诉求办结，其余时限终止"
    elif move.to and move.to is not appeal.stage:
        yield f"进入“{stage_name(move.to)}”环节"
    if move.decision:
        yield "由督办人员决定是否再办"
    for effect, names in _effects(appeal, move).items():
        called = "、".join(f"“{_named(appeal, transition, move, name)}”" for name in names)
        yield f"{called}时限{_DONE[effect]}"
    yield from _told(appeal, transition, move)


def _named(appeal: Appeal, transition: Transition, move: Move, name: ClockName) -> str:
    """The clock as it is called then: named after the review, it may wait for the answer or for a decision."""
    running = appeal.open_clock(name)
    if name is not ClockName.REVIEW:
        return CLOCKS_CHINESE[name]
    if move.decision:
        return AWAITED[DECISION]
    if running:
        return name_of(appeal, running)
    return AWAITED[ANSWER] if transition.action is Action.COMPLETE_STEP else CLOCKS_CHINESE[name]


def _effects(appeal: Appeal, move: Move) -> dict[Effect, list[ClockName]]:
    """What really happens to which clock: of one that does not run nothing can stop."""
    found: dict[Effect, list[ClockName]] = {}
    for name, effect in move.clocks.items():
        if effect in _DONE and _happens(appeal, name, effect, closes=move.to is Stage.CLOSED):
            begins = effect is Effect.RESTART and appeal.open_clock(name) is None
            found.setdefault(Effect.START if begins else effect, []).append(name)
    return found


def _happens(appeal: Appeal, name: ClockName, effect: Effect, *, closes: bool) -> bool:
    clock = appeal.open_clock(name)
    if effect is Effect.RESUME:
        return clock is not None and bool(open_pauses(clock))
    if effect in _OF_THE_OPEN:
        return clock is not None and not (closes and effect is Effect.STOP)
    return name is not ClockName.STATUTORY or appeal.rules.service.statutory is not None


def _told(appeal: Appeal, transition: Transition, move: Move) -> Iterator[str]:
    tells = [_TOLD[who] for who in (*transition.tells, *move.tells) if who in _TOLD]
    if appeal.rules.policy.tells_the_enterprise:
        tells += ["告知企业"] if move.informs or transition.informs else []
        tells += [_TURNS[turn]] if (turn := move.turn or transition.turn) in _TURNS else []
    if transition.action is Action.SUPERVISE and appeal.rules.policy.tells_the_units:
        tells.append("通知办理人员及其负责人")
    yield from dict.fromkeys(tells)
