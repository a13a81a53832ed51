"""What figures look like: every number with the list behind it."""

from __future__ import annotations

from typing import Final

from api.schemas.answers import COUNT, MOMENT, TEXT, many, maybe, named, shape, words
from domain.clock import ClockName, Colour
from domain.schemas import Schema
from domain.vocabulary import Stage
from storage.measures import By
from storage.tally import Kept

_FIGURE: Final = named("Figure")
_SHARE: Final = {**maybe({"type": "number"}), "description": "0至1；没有可统计的为 null"}
_OF_ALL: Final = {"as_of": MOMENT, "from": maybe(MOMENT), "to": maybe(MOMENT), "by": words(By)}
_COLOURS: Final = shape(**{colour.value: _FIGURE for colour in Colour})
_KEY: Final = {"key": TEXT, "name": TEXT}
_STANDING: Final = {"count": COUNT, "appeals": TEXT, "colours": _COLOURS}
_STAGE: Final = shape(stage=words(Stage), **_STANDING)
_RATE: Final = shape(rate=_SHARE, numerator=_FIGURE, denominator=_FIGURE)
_MEASURES: Final = {
    **dict.fromkeys(("response", "solution", "satisfaction"), _RATE),
    "counts": shape(**dict.fromkeys(("submitted", "closed", "reopened", "extended", "returned"), _FIGURE)),
}
_KEPT: Final = {**{how.value: _FIGURE for how in Kept}, "on_time_rate": _SHARE}
_CELL: Final = shape(
    stage=words(Stage),
    unit=TEXT,
    unit_name=TEXT,
    count=COUNT,
    appeals=TEXT,
    average_hours={"type": "number"},
    median_hours={"type": "number"},
)

SHAPES: Final[dict[str, Schema]] = {
    "Figure": {**shape(count=COUNT, appeals=TEXT), "description": "一个数字和它所数的诉求列表"},
    "StageFigures": shape(
        **_OF_ALL,
        total=shape(**_STANDING),
        stages=many(_STAGE),
        items=many(shape(**_KEY, **_STANDING, stages=many(_STAGE))),
    ),
    "RateFigures": shape(**_OF_ALL, total=shape(**_MEASURES), items=many(shape(**_KEY, **_MEASURES))),
    "ClockFigures": shape(
        **_OF_ALL,
        items=many(shape(clock=words(ClockName), clock_name=TEXT, **_KEPT, items=many(shape(**_KEY, **_KEPT)))),
    ),
    "HeatFigures": shape(**_OF_ALL, items=many(_CELL)),
}
