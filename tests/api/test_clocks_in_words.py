"""Every clock, and every limit that is tried out, says in one sentence of each language how its end comes about."""

from __future__ import annotations

from datetime import datetime

from domain.calendar import ZONE
from tests.api.bench import Api


async def test_a_limit_that_is_tried_out(quiet: Api) -> None:
    query = "start=2026-09-30T16:00:00%2B08:00&budget=5+working+days"
    pause = "&pause=2026-10-12T16:00:00%2B08:00/2026-10-13T09:00:00%2B08:00"
    shown = (await quiet.get("enterprise", f"/v1/clocks/preview?{query}{pause}")).json()
    assert shown["summary"] == (
        "2026年9月30日16:00起算（当日不计），时限5个工作日；"
        "其间国庆节放假（10月1日至7日），不计入，10月10日（周六）调休上班，按工作日计；"
        "暂停1次：10月12日16:00至10月13日9:00人工暂停，共顺延1个工作日；应于10月14日17:30前办结。"
    )
    assert shown["summary_en"].endswith("which moved the end by 1 working day; to be finished by 14 October, 17:30.")
    assert {"why", "why_en"} <= set(shown["explanation"][0])


async def test_a_pause_says_why_who_and_until_when_as_each_reader_may_know(api: Api) -> None:
    number = (await api.submit())["number"]
    await api.walk(number, "handle")
    api.clock.now = datetime(2026, 9, 2, 9, 0, tzinfo=ZONE)
    await api.done("handler", number, "park", reason="等规划批复", review_on="2026-10-20")
    await api.done("leader", number, "approve_park", granted=True)
    api.clock.now = datetime(2026, 9, 3, 9, 0, tzinfo=ZONE)

    async def shown(who: str) -> tuple[dict[str, object], str, str]:
        clocks = (await api.get(who, f"/v1/appeals/{number}")).json()["clocks"]
        (clock,) = [c for c in clocks if c["name"] == "handle"]
        return clock["pauses"][0], clock["explanation"][-1]["why"], clock["summary"]

    told, why, sentence = await shown("handler")
    leader = str(told["actor_name"])
    assert (told["cause_name"], told["reason"], told["actor"]) == ("挂账", "等规划批复", "leader")
    assert told["until"] == "2026-10-20T00:00:00.000+08:00"
    assert why == f"暂停：挂账（等规划批复，{leader}，到2026年10月20日自动恢复）"
    assert f"9月2日9:00起挂账（等规划批复，{leader}，到2026年10月20日自动恢复）" in sentence
    told, why, _ = await shown("enterprise")
    assert str(told["actor_name"]).endswith("**")
    assert leader.startswith(str(told["actor_name"]).removesuffix("**"))
    assert why == f"暂停：挂账（{told['actor_name']}，到2026年10月20日自动恢复）"
