"""Codes that carry their own proof: the enterprise's credit code, telephone numbers, the appeal's number."""

from __future__ import annotations

import re
from datetime import datetime

from domain.calendar import ZONE

# GB 32100-2015: no I, O, S, V, Z; weights are powers of 3 modulo 31.
_USCC_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_USCC_WEIGHTS = tuple(pow(3, i, 31) for i in range(17))
_USCC_LENGTH = 18
# ASCII only, and to the very end: \d knows many digits, and $ lets a line end pass.
_MOBILE = re.compile(r"(?:\+?86[- ]?)?1[3-9]\d{9}", re.ASCII)
_LANDLINE = re.compile(r"(?:\+?86[- ]?)?(?:0\d{2,3}[- ]?)?[2-9]\d{6,7}(?:[- ]\d{1,6})?", re.ASCII)
_LONG_DISTANCE = re.compile(r"(?:\+?86[- ]?)?0\d{2,3}[- ]?[2-9]\d{6,7}(?:[- ]\d{1,6})?", re.ASCII)
_FREE_LINE = re.compile(r"[48]00[- ]?\d{3}[- ]?\d{4}", re.ASCII)
_SERVICE_LINE = re.compile(r"[48]00[- ]?\d{3}[- ]?\d{4}|1\d{2}|1\d{4}|9\d{4,7}", re.ASCII)
NUMBER = re.compile(r"^SQ\d{8}-\d{8}\Z", re.ASCII)


def uscc_fault(code: str) -> str | None:
    """Why ``code`` is no unified social credit code (GB 32100-2015), in Chinese; None when it is one."""
    if len(code) != _USCC_LENGTH:
        return "统一社会信用代码应为18位"
    if any(c not in _USCC_ALPHABET for c in code):
        return "统一社会信用代码只能含数字和大写字母（不含I、O、S、V、Z）"
    if uscc_check_character(code[:17]) != code[17]:
        return "统一社会信用代码的校验位不正确，请核对"
    return None


def uscc_check_character(body: str) -> str:
    """The check character of the first 17 characters of a credit code."""
    total = sum(_USCC_ALPHABET.index(c) * w for c, w in zip(body, _USCC_WEIGHTS, strict=True))
    return _USCC_ALPHABET[(31 - total % 31) % 31]


def is_phone(text: str) -> bool:
    """Whether ``text`` can be a Chinese telephone number: mobile, landline with or without area code, service line."""
    return any(pattern.fullmatch(text) for pattern in (_MOBILE, _LANDLINE, _SERVICE_LINE))


def reaches_somebody(text: str) -> bool:
    """Whether codes, ratings and calls reach a person by it: a mobile, a landline with its area code, a 400 line."""
    return any(pattern.fullmatch(text) for pattern in (_MOBILE, _LONG_DISTANCE, _FREE_LINE))


def appeal_number(now: datetime, serial: int) -> str:
    """The appeal's number for life: the local day and eight digits; it tells nothing about how many there are."""
    return f"SQ{now.astimezone(ZONE):%Y%m%d}-{serial:08d}"
