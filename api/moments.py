"""Moments as people write them in a query string."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Annotated

from pydantic import BeforeValidator, WithJsonSchema

from api.validation import YEARS, is_date, is_date_time
from domain.act import moment_of_text

# "+" in a query string that nobody encoded arrives as a blank.
_LOST_PLUS = re.compile(r"^(.+T[0-9:.]+) ([0-9]{2}:[0-9]{2})$")


def moment_in_query(text: object) -> datetime:
    """A date-time with offset, or a date as its first moment in Asia/Shanghai. Raises ValueError in Chinese."""
    repaired = _LOST_PLUS.sub(r"\1+\2", str(text))
    if not (is_date(repaired) or is_date_time(repaired)):
        years = f"{YEARS[0]}至{YEARS[-1]}年间"
        raise ValueError(f"应为{years}带时区的日期时间（如 2026-09-30T16:00:00+08:00）或日期（如 2026-09-30）")
    return moment_of_text(repaired)


Moment = Annotated[
    datetime,
    BeforeValidator(moment_in_query, json_schema_input_type=str),
    WithJsonSchema({"type": "string", "anyOf": [{"format": "date-time"}, {"format": "date"}]}),
]
