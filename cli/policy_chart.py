"""The comparison as one HTML file: nothing is loaded from anywhere, and it can be read in print, without colours."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from html import escape
from typing import Final

from cli.policy_comparison import Comparison, Kind
from cli.policy_words import CLOCKS

MOST: Final = 2000
"""So many differences stand in the page; the rest is in the JSON."""
_WIDE, _LABEL, _BAR, _GAP = 720, 120, 14, 12
_END: Final = 60  # room for the number behind the longest bar
_STYLE: Final = """
body { font-family: "Noto Sans CJK SC", "Microsoft YaHei", "PingFang SC", sans-serif; max-width: 60rem;
  margin: 2rem auto; padding: 0 1rem; line-height: 1.6; color: #111; background: #fff; }
table { border-collapse: collapse; width: 100%; } caption { text-align: left; padding: .5rem 0; }
th, td { border: 1px solid #666; padding: .25rem .5rem; text-align: left; } td.n { text-align: right; }
svg { width: 100%; height: auto; } figure { margin: 1.5rem 0; }
"""
_HATCH: Final = (
    '<svg width="0" height="0" aria-hidden="true"><defs><pattern id="would" width="6" height="6"'
    ' patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect width="6" height="6" fill="#fff"/>'
    '<rect width="2" height="6" fill="#111"/></pattern></defs></svg>'
)
"""What fills the bars of a trial, once for all charts of the page."""

Bar = tuple[str, int, int]


def page(found: Comparison, kinds: Mapping[Kind, str], title: str, rules: str, left_out: str) -> str:
    """The whole file; ``title`` says which appeals, ``rules`` which other rules, ``left_out`` what was not tried."""
    breached: list[Bar] = [
        (name, found.was[clock, Kind.BREACHED], found.would[clock, Kind.BREACHED]) for clock, name in CLOCKS.items()
    ]
    parts = [
        _HATCH,
        f"<h1>政策试算：{escape(title)}</h1>",
        _told(f"试算规则：{rules}。{found.appeals} 件、{found.clocks} 个时限，{len(found.differences)} 个结果不同。"),
        _told(
            "办理的经过、暂停、延期均按记录不变，只换时限：由此可见同样的办理会引起哪些预警与督办，不预测人们会怎样办。"
        ),
        _told(f"按各自原规则重放，{found.apart} 个时限与流水不符（途中改过时限等），据此可知试算有多可信。"),
        _told(f"{left_out}。"),
        chart("各类结果（时限个数）", [(name, *found.total(kind)) for kind, name in kinds.items()]),
        chart("各时限的超时（个数）", [bar for bar in breached if bar[1] or bar[2]]),
        _counts(found, kinds),
        _differences(found, kinds),
    ]
    head = f'<meta charset="utf-8"><title>政策试算：{escape(title)}</title><style>{_STYLE}</style>'
    return (
        f'<!doctype html>\n<html lang="zh-CN"><head>{head}</head>\n<body>\n' + "\n".join(parts) + "\n</body></html>\n"
    )


def _told(words: str) -> str:
    return f"<p>{escape(words)}</p>"


def chart(title: str, bars: Sequence[Bar]) -> str:
    """Two bars each, dark for what was, hatched for what would have been."""
    if not bars:
        return f"<p>{escape(title)}：无。</p>"
    high = len(bars) * (2 * _BAR + _GAP) + 2 * _GAP + _BAR
    scale = (_WIDE - _LABEL - _END) / max(1, *(max(was, would) for _, was, would in bars))
    legend = "".join(_legend(x, fill, name) for x, fill, name in ((0, "#333", "实际"), (90, "url(#would)", "试算")))
    drawn = "".join(_pair(row, bar, scale) for row, bar in enumerate(bars))
    said = "；".join(f"{name} 实际 {was}、试算 {would}" for name, was, would in bars)
    return (
        f'<figure><svg viewBox="0 0 {_WIDE} {high}" role="img" aria-label="{escape(said)}" font-size="13">'
        f"{legend}{drawn}</svg><figcaption>{escape(title)}</figcaption></figure>"
    )


def _legend(x: int, fill: str, name: str) -> str:
    left = _LABEL + x
    return (
        f'<rect x="{left}" y="2" width="{_BAR}" height="{_BAR}" fill="{fill}" stroke="#111"/>'
        f'<text x="{left + _BAR + 6}" y="14">{name}</text>'
    )


def _pair(row: int, bar: Bar, scale: float) -> str:
    name, *values = bar
    top = 2 * _GAP + _BAR + row * (2 * _BAR + _GAP)
    parts = [f'<text x="{_LABEL - 8}" y="{top + _BAR + 5}" text-anchor="end">{escape(name)}</text>']
    for place, (value, fill) in enumerate(zip(values, ("#333", "url(#would)"), strict=True)):
        y, width = top + place * _BAR, value * scale
        parts += [
            f'<rect x="{_LABEL}" y="{y}" width="{width:.1f}" height="{_BAR - 1}" fill="{fill}" stroke="#111"/>',
            f'<text x="{_LABEL + width + 6:.1f}" y="{y + 11}">{value}</text>',
        ]
    return "".join(parts)


def _counts(found: Comparison, kinds: Mapping[Kind, str]) -> str:
    rows = [
        (name, *(f"{found.was[clock, kind]} → {found.would[clock, kind]}" for kind in kinds))
        for clock, name in CLOCKS.items()
        if any(found.was[clock, kind] or found.would[clock, kind] for kind in kinds)
    ]
    return _table("各时限：实际 → 试算", ("时限", *kinds.values()), rows)


def _differences(found: Comparison, kinds: Mapping[Kind, str]) -> str:
    words: dict[Kind | None, str] = {None: "无", **dict(kinds.items())}
    shown = found.differences[:MOST]
    rows = ((one.number, one.service, CLOCKS[one.clock], words[one.was], words[one.would]) for one in shown)
    more = len(found.differences) - len(shown)
    title = "结果不同的时限" + (f"（前 {MOST} 个，另有 {more} 个见 JSON）" if more else "")
    return _table(title, ("诉求", "事项", "时限", "实际", "试算"), rows)


def _table(title: str, heads: Iterable[str], rows: Iterable[Sequence[str]]) -> str:
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in heads)
    body = "\n".join(f"<tr>{''.join(_cells(row))}</tr>" for row in rows)
    return f"<table><caption>{escape(title)}</caption><thead><tr>{head}</tr></thead><tbody>\n{body}\n</tbody></table>"


def _cells(row: Sequence[str]) -> Iterator[str]:
    return (f"<td>{escape(cell)}</td>" for cell in row)
