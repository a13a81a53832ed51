"""A procedure drawn: as Mermaid text, and as SVG with a layout of its own that needs nobody's help and no other host.

One column of boxes; each lists its outcomes, and from each outcome a line goes along a lane on the right to the box it
leads to. Nothing overlaps, however many loops there are.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html import escape
from itertools import count

from domain.procedure import END
from domain.service import Service, Step, StepOutcome

_WIDTH, _LINE, _GAP, _LEFT, _LANE = 380, 22, 28, 10, 14  # pixels; a lane is the width of one line's way
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


def svg(service: Service, notes: Notes) -> str:
    """The procedure as SVG."""
    tops, bottom = _tops(service)
    lines = list(_lines(service, tops))
    lanes = _lanes(lines)
    width = _LEFT + _WIDTH + _LANE * (2 + max(lanes, default=0)) + _LEFT
    body = [_box(service, step, tops[step.code], notes) for step in service.procedure.steps]
    body.append(_end(tops[END]))
    body += [_way(line, lane) for line, lane in zip(lines, lanes, strict=True)]
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


def _box(service: Service, step: Step, top: int, notes: Notes) -> str:
    kind = "automatic" if step.automatic else "join" if step.join else "step"
    height = _LINE * (_HEADS + len(step.outcomes)) + _LEFT // 2
    rows = [f'<rect class="{kind}" x="{_LEFT}" y="{top}" width="{_WIDTH}" height="{height}" rx="6"/>']
    rows.append(_text(step.name, top, "name"))
    rows.append(_text(notes.get(step.code, ""), top + _LINE, "note"))
    names = {s.code: s.name for s in service.procedure.steps} | {END: _END_NAME}
    for n, outcome in enumerate(step.outcomes):
        targets = "、".join(names[target] for target in outcome.nexts)
        rows.append(_text(f"{outcome.name} → {targets}", top + _LINE * (_HEADS + n), "outcome"))
    return "\n".join(rows)


def _text(text: str, top: int, kind: str) -> str:
    return f'<text class="{kind}" x="{_LEFT + 12}" y="{top + 16}">{escape(text)}</text>'


def _end(top: int) -> str:
    box = f'<rect class="end" x="{_LEFT}" y="{top}" width="{_WIDTH}" height="{_LINE + 6}" rx="14"/>'
    return box + _text(_END_NAME, top + 3, "name")


def _way(line: _Line, lane: int) -> str:
    edge = _LEFT + _WIDTH
    far = edge + _LANE * (lane + 1)
    kind = "again" if line.again else "way"
    path = f"M{edge} {line.start}H{far}V{line.end}H{edge + 2}"
    return f'<path class="{kind}" d="{path}" marker-end="url(#{kind})"/>'


_PAGE = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" \
role="img" aria-label="{name}">
<title>{name}</title>
<style>
text {{ font: 14px system-ui, "Noto Sans CJK SC", "PingFang SC", "Microsoft YaHei", sans-serif; fill: #1c2733; }}
.name {{ font-weight: 600; }} .note {{ font-size: 12px; fill: #5b6b7b; }}
rect {{ fill: #fff; stroke: #5b6b7b; }} .automatic {{ fill: #eef4ff; stroke-dasharray: 5 3; }}
.join {{ stroke-width: 3; }} .end {{ fill: #e9f7ee; stroke: #2d8a4e; }}
path {{ fill: none; stroke-width: 1.4; }} .way {{ stroke: #2563a8; }} .again {{ stroke: #b4531a; }}
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
