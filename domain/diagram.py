"""A procedure drawn: as Mermaid text, and as SVG with a layout of its own that needs nobody's help and no other host.

One column of boxes; each lists its outcomes, and from each outcome a line goes along a lane on the right to the box it
leads to. Nothing overlaps, however many loops there are.
"""

from __future__ import annotations

import math
from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass
from html import escape
from itertools import count

from domain.procedure import END
from domain.service import Service, Step, StepOutcome

_LEAST, _LINE, _GAP, _LEFT, _LANE = 380, 22, 28, 10, 14  # pixels; a lane is the width of one line's way
_WIDE, _NARROW = 14, 8.5  # pixels of a Chinese character, and of any other
_ROOM = 24  # pixels at both sides of a text
_HEADS = 2  # lines above the outcomes
_END_NAME = "反馈"


Notes = Mapping[str, str]
"""What stands under a step's name, by its code: who does it, and by when, as people read it."""


def mermaid(service: Service, notes: Notes) -> str:
    """The procedure as a Mermaid flowchart."""
    lines = ["flowchart TD"]
    for step in service.procedure.steps:
        left, right = ("{{", "}}") if step.automatic else ("[[", "]]") if step.join else ("[", "]")
        note = notes.get(step.code, "")
        lines.append(f'  {step.code}{left}"{_quoted(step.name)}{"<br/>" if note else ""}{_quoted(note)}"{right}')
    lines.append(f'  {END}(["{_END_NAME}"])')
    for step, outcome, target in _edges(service):
        lines.append(f'  {step.code} -->|"{_quoted(outcome.name)}"| {target}')
    return "\n".join(lines)


def _quoted(text: str) -> str:
    return text.replace('"', "#quot;")


def _edges(service: Service) -> Iterator[tuple[Step, StepOutcome, str]]:
    for step in service.procedure.steps:
        for outcome in step.outcomes:
            for target in outcome.nexts:
                yield step, outcome, target


@dataclass(frozen=True, slots=True)
class _Line:
    """From the height of an outcome to the height of a box."""

    start: int
    end: int
    again: bool

    @property
    def span(self) -> tuple[int, int]:
        """The heights it passes."""
        return min(self.start, self.end), max(self.start, self.end)


def svg(service: Service, notes: Notes, here: Container[str] = ()) -> str:
    """The procedure as SVG; the steps that are ``here`` stand out, which their notes should say as well."""
    tops, bottom = _tops(service)
    lines = list(_lines(service, tops))
    lanes = _lanes(lines)
    words = {step.code: _words(service, step, notes) for step in service.procedure.steps}
    box = max([_LEAST, *(_length(text) + _ROOM for texts in words.values() for text in texts)])
    width = _LEFT + box + _LANE * (2 + max(lanes, default=0)) + _LEFT
    marks = {step.code: " here" if step.code in here else "" for step in service.procedure.steps}
    body = [_box(s, marks[s.code], tops[s.code], box, words[s.code]) for s in service.procedure.steps]
    body.append(_end(tops[END], box))
    body += [_way(line, _LEFT + box, lane) for line, lane in zip(lines, lanes, strict=True)]
    return _PAGE.format(width=width, height=bottom, name=escape(service.procedure.name), body="\n".join(body))


def _tops(service: Service) -> tuple[dict[str, int], int]:
    """Where each box begins, and where the drawing ends."""
    tops, here = {}, _LEFT
    for step in service.procedure.steps:
        tops[step.code] = here
        here += _LINE * (_HEADS + len(step.outcomes)) + _GAP
    tops[END] = here
    return tops, here + _LINE * _HEADS


def _lines(service: Service, tops: Mapping[str, int]) -> Iterator[_Line]:
    for step in service.procedure.steps:
        for n, outcome in enumerate(step.outcomes):
            start = tops[step.code] + _LINE * (_HEADS + n) + _LINE // 2
            for target in outcome.nexts:
                yield _Line(start, tops[target] + _LINE // 2, again=tops[target] <= tops[step.code])


def _lanes(lines: list[_Line]) -> list[int]:
    """A lane for each line, the innermost in which it meets no other; short ways first."""
    taken: list[list[tuple[int, int]]] = []
    found: dict[int, int] = {}
    for n in sorted(range(len(lines)), key=lambda n: lines[n].span[1] - lines[n].span[0]):
        low, high = lines[n].span
        lane = next(k for k in count() if k == len(taken) or all(high < a or b < low for a, b in taken[k]))
        taken += [[]] if lane == len(taken) else []
        taken[lane].append((low, high))
        found[n] = lane
    return [found[n] for n in range(len(lines))]


def _words(service: Service, step: Step, notes: Notes) -> list[str]:
    """What stands in a box, line by line."""
    names = {s.code: s.name for s in service.procedure.steps} | {END: _END_NAME}
    ways = [f"{outcome.name} → {'、'.join(names[target] for target in outcome.nexts)}" for outcome in step.outcomes]
    return [step.name, notes.get(step.code, ""), *ways]


def _length(text: str) -> int:
    """How long it is at most, in pixels."""
    return math.ceil(sum(_NARROW if character.isascii() else _WIDE for character in text))


def _box(step: Step, mark: str, top: int, width: int, words: list[str]) -> str:
    kind = ("automatic" if step.automatic else "join" if step.join else "step") + mark
    height = _LINE * len(words) + _LEFT // 2
    rows = [f'<rect class="{kind}" x="{_LEFT}" y="{top}" width="{width}" height="{height}" rx="6"/>']
    kinds = ["name", "note", *["outcome"] * (len(words) - _HEADS)]
    rows += [_text(text, top + _LINE * n, of) for n, (text, of) in enumerate(zip(words, kinds, strict=True))]
    return "\n".join(rows)


def _text(text: str, top: int, kind: str) -> str:
    return f'<text class="{kind}" x="{_LEFT + 12}" y="{top + 16}">{escape(text)}</text>'


def _end(top: int, width: int) -> str:
    box = f'<rect class="end" x="{_LEFT}" y="{top}" width="{width}" height="{_LINE + 6}" rx="14"/>'
    return box + _text(_END_NAME, top + 3, "name")


def _way(line: _Line, edge: int, lane: int) -> str:
    far = edge + _LANE * (lane + 1)
    kind = "again" if line.again else "way"
    path = f"M{edge} {line.start}H{far}V{line.end}H{edge + 2}"
    return f'<path class="{kind}" d="{path}" marker-end="url(#{kind})"/>'


# Each rule says whose it is: in a page, a style holds for everything.
_PAGE = """<svg class="procedure" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" \
width="{width}" height="{height}" \
role="img" aria-label="{name}">
<title>{name}</title>
<style>
.procedure text {{ fill: #1c2733;
  font: 14px "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", system-ui, sans-serif; }}
.procedure .name {{ font-weight: 600; }} .procedure .note {{ font-size: 12px; fill: #5b6b7b; }}
.procedure rect {{ fill: #fff; stroke: #5b6b7b; }}
.procedure .automatic {{ fill: #eef4ff; stroke-dasharray: 5 3; }}
.procedure .here {{ fill: #fff6e6; stroke: #a85600; stroke-width: 3; }}
.procedure .join {{ stroke-width: 3; }} .procedure .end {{ fill: #e9f7ee; stroke: #2d8a4e; }}
.procedure path {{ fill: none; stroke-width: 1.4; }}
.procedure .way {{ stroke: #2563a8; }} .procedure .again {{ stroke: #b4531a; }}
</style>
<defs>
<marker id="way" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" orient="auto">\
<path d="M0 0L8 4L0 8z" style="fill: #2563a8; stroke: none"/></marker>
<marker id="again" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" orient="auto">\
<path d="M0 0L8 4L0 8z" style="fill: #b4531a; stroke: none"/></marker>
</defs>
{body}
</svg>
"""
