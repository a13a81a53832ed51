"""What to do with a message just now: send it on a channel, look again later, or be done with it. Pure.

A failure leads to the next channel at once; when all have failed, round by round, ever more rarely, for a day. Silence
of an escalation leads to the next channel after the person's wait; whoever acknowledged it is left alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from domain.act import moment_of_text
from domain.calendar import ZONE
from domain.quiet import held_until
from domain.vocabulary import EscalationState
from storage.contact_points import ContactPoint
from storage.message_texts import TRACK_CODE
from storage.messages import Attempt, Message, MessageStatus, Result
from storage.tracking import VALID

FIRST: Final = timedelta(seconds=5)
LONGEST: Final = timedelta(minutes=10)
"""However long a channel has been away, it is asked again after this."""
GIVE_UP: Final = timedelta(hours=24)
_DOUBLINGS: Final = 12


@dataclass(frozen=True, slots=True)
class Begin:
    """Send it now, to this address."""

    point: ContactPoint
    nth: int


@dataclass(frozen=True, slots=True)
class Hold:
    """Look again then; ``channel``: on which one it will go, as far as is known."""

    until: datetime
    channel: str | None = None


@dataclass(frozen=True, slots=True)
class End:
    """Nothing more to do."""

    status: MessageStatus
    why: str | None = None


@dataclass(frozen=True, slots=True)
class Situation:
    """All that matters. ``points`` are those on channels that are set up; ``repeatable``: twice does no harm there.

    ``local`` is the appeal's own time, ``quiet`` the hours by its policy in which it is held, if it may wait.
    ``escalation`` is how that stands; None for what calls for nobody. ``is_over``: the clock it warns of has ended.
    """

    message: Message
    points: Sequence[ContactPoint]
    attempts: Sequence[Attempt]
    repeatable: frozenset[str]
    now: datetime
    local: datetime
    quiet: str
    escalation: str | None = None
    is_over: bool = False


def plan(s: Situation) -> Begin | Hold | End:
    """What to do."""
    if reason := _needless(s):
        return End(MessageStatus.SILENCED, reason)
    delivered = [a for a in s.attempts if a.result is Result.DELIVERED]
    if delivered and s.message.escalation is None:
        return End(MessageStatus.SENT)
    open_to = [p for p in s.points if not _is_spent(s, p.channel)]
    if not open_to or (not delivered and s.now - _begun(s) > GIVE_UP):
        return _over(s, delivered)
    failures = {p.channel: _failures(s, p.channel) for p in open_to}
    # The first of those that have failed least often: each once, then from the beginning.
    point = min(open_to, key=lambda p: len(failures[p.channel]))
    at = max((_again(failures[point.channel]), _patience(s, delivered), _quiet(s)), default=s.now)
    return Hold(at, point.channel) if at > s.now else Begin(point, len(s.attempts) + 1)


def _needless(s: Situation) -> str:
    if s.message.escalation is None:
        # Whoever has read it in the inbox need not be sent it, and what was finished overnight warns of nothing.
        return "read" if s.message.read_at else "over" if s.is_over or _is_old_code(s) else ""
    return "" if s.escalation in {None, EscalationState.OPEN.value} else str(s.escalation)


def _is_old_code(s: Situation) -> bool:
    """Whether the digits in it serve no more."""
    return s.message.template == TRACK_CODE and s.now - s.message.created_at > VALID


def _begun(s: Situation) -> datetime:
    return s.attempts[0].started_at if s.attempts else s.now


def _over(s: Situation, delivered: Sequence[Attempt]) -> End:
    if delivered:
        return End(MessageStatus.SENT)
    if not s.attempts:
        return End(MessageStatus.KEPT)
    return End(MessageStatus.FAILED, s.attempts[-1].answer or Result.UNKNOWN.value)


def _is_spent(s: Situation, channel: str) -> bool:
    """Arrived there, or of no use to try: one that may have arrived is repeated only where the channel sees to it."""
    results = {a.result or Result.UNKNOWN for a in s.attempts if a.channel == channel}
    once = set() if channel in s.repeatable else {Result.UNKNOWN}
    return bool(results & ({Result.DELIVERED, Result.REFUSED} | once))


def _failures(s: Situation, channel: str) -> list[Attempt]:
    return [a for a in s.attempts if a.channel == channel and a.result is Result.FAILED]


def _again(failures: Sequence[Attempt]) -> datetime:
    if not failures:
        return _LONG_AGO
    last = failures[-1]
    pause: timedelta = min(FIRST * 2 ** min(len(failures) - 1, _DOUBLINGS), LONGEST)
    at = (last.ended_at or last.started_at) + pause
    return max(at, last.again_at or at)


def _patience(s: Situation, delivered: Sequence[Attempt]) -> datetime:
    """Until then the person may still answer on the channel where it last arrived."""
    if not delivered:
        return _LONG_AGO
    last = delivered[-1]
    wait: Mapping[str, int] = {p.channel: p.wait for p in s.points}
    return (last.ended_at or last.started_at) + timedelta(seconds=wait.get(last.channel, 0))


def _quiet(s: Situation) -> datetime:
    if not s.message.may_wait or s.attempts:
        return s.now
    until, deadline = held_until(s.quiet, s.local), s.message.data.get("deadline")
    if deadline and s.local < moment_of_text(deadline) <= until:
        # In the morning it would be too late: what is warned of happens in the night.
        return s.now
    return s.now + (until - s.local)


_LONG_AGO: Final = datetime.min.replace(tzinfo=ZONE)
