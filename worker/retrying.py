"""What an answer means for a message: it has arrived, comes again later, is not wanted, or none is wanted any more."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Final

from storage.deliveries import DeliveryStatus, Settled
from worker.sending import Answer

FIRST: Final = timedelta(seconds=2)
LONGEST: Final = timedelta(minutes=10)
"""However long a partner has been away, it is asked again after this."""
LONGEST_ASKED_FOR: Final = timedelta(hours=12)
"""A partner that asks for more patience than this does not get it."""
_DOUBLINGS: Final = 16

#: Said of this message, so sending it again would change nothing. Other refusals (401, 403, 404) are said of how we are
#: set up, or of how the partner is: those are mended, and then it must still arrive.
_REFUSALS: Final = frozenset(
    {
        HTTPStatus.BAD_REQUEST,
        HTTPStatus.CONFLICT,
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
        HTTPStatus.UNPROCESSABLE_ENTITY,
    },
)
#: These may say when to come again.
_LATER: Final = frozenset({HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE})


def settled(answer: Answer, attempts: int, now: datetime) -> Settled:
    """How the ``attempts``-th attempt ended at ``now``."""
    if HTTPStatus.OK <= answer.status < HTTPStatus.MULTIPLE_CHOICES:
        return Settled(DeliveryStatus.DELIVERED, now)
    error = answer.fault or f"http-{answer.status}"
    if answer.status == HTTPStatus.GONE:
        return Settled(DeliveryStatus.STOPPED, now, error)
    if answer.status in _REFUSALS:
        return Settled(DeliveryStatus.REFUSED, now, error)
    pause = back_off(attempts)
    if answer.status in _LATER:
        pause = max(pause, asked_for(answer.retry_after, now))
    return Settled(DeliveryStatus.WAITING, now, error, due_at=now + pause)


def back_off(attempts: int) -> timedelta:
    """Twice as long after each attempt, up to the longest; a random part less, so that not everybody comes at once."""
    full: timedelta = min(FIRST * 2 ** min(attempts - 1, _DOUBLINGS), LONGEST)
    return full * random.uniform(0.5, 1.0)  # noqa: S311 - no secret


def asked_for(retry_after: str, now: datetime) -> timedelta:
    """How long a ``Retry-After`` asks for: seconds or a date; nothing where it says neither."""
    if retry_after.isascii() and retry_after.isdecimal():
        return min(timedelta(seconds=int(retry_after[:9])), LONGEST_ASKED_FOR)
    try:
        at = parsedate_to_datetime(retry_after)
    except ValueError:
        return timedelta()
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return min(max(at - now, timedelta()), LONGEST_ASKED_FOR)
