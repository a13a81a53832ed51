"""Amounts of money: read in yuan, kept in fen, never as a binary fraction."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Any

_FEN = 100
_MOST = Decimal("9999999999.99")


class BadAmount(ValueError):  # noqa: N818 - an answer to whoever wrote it
    """No amount in yuan: not a positive number, more than two decimals, or more than anybody has."""


def fen_of(yuan: Any) -> int:
    """A positive amount in fen. Raises BadAmount."""
    if isinstance(yuan, bool) or not isinstance(yuan, str | int | float):
        raise BadAmount
    try:
        exact = Decimal(str(yuan).strip())
    except InvalidOperation:
        raise BadAmount from None
    if not (exact.is_finite() and 0 < exact <= _MOST) or exact * _FEN % 1:
        raise BadAmount
    return int(exact * _FEN)


def yuan_of(fen: int) -> Decimal:
    """The amount in yuan, exactly."""
    return Decimal(fen).scaleb(-2)


def spoken(fen: int) -> str:
    """1234567 → 12345.67."""
    return f"{yuan_of(fen):.2f}"
