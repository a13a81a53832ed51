"""协办: questions to other units, several at the same time, each with its own time to answer; an answer, or a refusal.

By rules of before a question has no clock and nobody is told of it (``Policy.cooperation`` is empty).
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from domain.act import Act, invalid
from domain.appeal import Appeal, Cooperation
from domain.errors import Forbidden
from domain.guards import refuse
from domain.notice import Call
from domain.parties import is_complained_of
from domain.people import Actor
from domain.vocabulary import Action, Role


def _open_to(appeal: Appeal, unit: str | None) -> tuple[int, ...]:
    """The numbers, from 1, of the questions to a unit that it still owes a word."""
    return tuple(n for n, c in enumerate(appeal.cooperations, start=1) if c.is_open and c.unit.code == unit)


def _meant(appeal: Appeal, act: Act) -> tuple[int, ...]:
    """The question that the answer names, or all that are open to the actor's unit."""
    found = _open_to(appeal, act.actor.unit_code)
    return tuple(n for n in found if n == act.body.get("question", n))


def question_open(appeal: Appeal, actor: Actor, _now: datetime) -> None:
    """The actor's unit was asked and has not answered."""
    refuse(not _open_to(appeal, actor.unit_code), "no-open-question", "没有待本单位答复的协办事项")


def question_meant(appeal: Appeal, act: Act, _now: datetime) -> None:
    """The question that is named is one of those."""
    refuse(not _meant(appeal, act), "question-not-open", "所指的协办事项不存在、不由本单位答复或已答复")


def asks_another(appeal: Appeal, act: Act, _now: datetime) -> None:
    """Cooperation is asked of a unit that exists, and of another one."""
    unit = act.place("unit")
    own = appeal.assignment.leads(unit.code) or act.actor.unit_code == unit.code
    if appeal.rules.policy.cooperation and own:
        raise invalid("own-unit", "/unit", "本单位正在承办，不必向本单位请求协办")
    if is_complained_of(appeal, unit):
        raise Forbidden("complained-of", f"“{unit.name}”是被投诉单位，不得协办本诉求")


def ask(appeal: Appeal, act: Act, now: datetime) -> Appeal:
    """A question to another unit."""
    question = Cooperation(act.place("unit"), act.body["question"], now)
    return replace(appeal, cooperations=(*appeal.cooperations, question))


def answer(appeal: Appeal, act: Act, now: datetime) -> Appeal:
    """What the unit has to say."""
    return _changed(appeal, _meant(appeal, act), answered_at=now, answer=act.body["text"])


def refuse_help(appeal: Appeal, act: Act, now: datetime) -> Appeal:
    """The unit does not help, and says why."""
    return _changed(appeal, _meant(appeal, act), refused_at=now, refusal=act.reason)


def without_questions(appeal: Appeal, now: datetime) -> Appeal:
    """Nobody waits for an answer any more: it is answered, closed, or in other hands."""
    if not appeal.rules.policy.cooperation:
        return appeal
    waiting = tuple(n for n, c in enumerate(appeal.cooperations, start=1) if c.is_open)
    return _changed(appeal, waiting, ended_at=now)


def _changed(appeal: Appeal, which: tuple[int, ...], **word: object) -> Appeal:
    changed = tuple(
        replace(c, **word) if n in which else c  # type: ignore[arg-type]
        for n, c in enumerate(appeal.cooperations, start=1)
    )
    return replace(appeal, cooperations=changed)


def calls(before: Appeal, after: Appeal, act: Act) -> tuple[Call, ...]:
    """Whoever must hear of it: the asked unit of a question, the asking one of an answer, its leader of a refusal."""
    if not after.rules.policy.cooperation:
        return ()
    if act.action is Action.ASK_COOPERATION:
        audience: tuple[str, ...] = (Role.HANDLER.value, Role.LEADER.value)
        return (_call(after.cooperations[-1].unit.code, audience, act, len(after.cooperations)),)
    if act.action not in {Action.ANSWER_COOPERATION, Action.REFUSE_COOPERATION}:
        return ()
    # Of what an outside body has, the unit that handed it on asked, and hears of it.
    unit, audience = (after.lead, (Role.HANDLER.value,)) if after.lead else (after.submission.first_unit, _DESK)
    if act.action is Action.REFUSE_COOPERATION:
        audience = (*audience, Role.LEADER.value)
    pairs = zip(before.cooperations, after.cooperations, strict=True)
    heard = (n for n, (was, now) in enumerate(pairs, start=1) if was != now)
    return tuple(_call(unit.code, audience, act, n) for n in heard)


_DESK: tuple[str, ...] = (Role.WINDOW.value,)


def _call(unit: str, audience: tuple[str, ...], act: Act, question: int) -> Call:
    word = act.action.value
    return Call(unit, audience, template=word, mark=f"{word}:{question}", data={"question": question})
