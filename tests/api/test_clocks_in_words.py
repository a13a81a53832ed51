"""Every clock, and every limit that is tried out, says in one sentence of each language how its end comes about."""

from __future__ import annotations

from tests.api.bench import Api


async def test_a_limit_that_is_tried_out(quiet: Api) -> None:
    query = "start=2026-09-30T16:00:00%2B08:00&budget=5+working+days"
    pause = "&pause=2026-10-12T16:00:00%2B08:00/2026-10-13T09:00:00%2B08:00"
    shown = (await quiet.get("enterprise", f"/v1/clocks/preview?{query}{pause}")).json()
    assert shown["summary"] == (
        "2026年9月30日16:00起算（当日不计），时限5个工作日；"
        "其间国庆节放假（10月1日至7日），不计入，10月10日（周六）调休上班，计入；"
        "暂停1次：10月12日16:00至10月13日9:00人工暂停，共顺延1个工作日；应于10月14日17:30前办结。"
    )
    assert shown["summary_en"].endswith("which moved the end by 1 working day; to be finished by 14 October, 17:30.")
    assert {"why", "why_en"} <= set(shown["explanation"][0])
