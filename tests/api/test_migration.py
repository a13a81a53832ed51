"""One appeal brought to other rules: today's calendar alone, or everything as an appeal has it that begins today."""

from __future__ import annotations

from dataclasses import replace

import pytest

from domain.appeal import Appeal
from domain.opening import Opening, begin
from domain.rules import Rules
from storage.catalogue import Catalogue
from storage.codec import make_rules
from storage.rules import store_rules
from tests.api.bench import NOON, Api, problem
from tests.storage.build import submission

NUMBER = "SQ20260901-00000077"


@pytest.fixture
def old() -> Rules:
    """Rules of last year: another calendar, another policy."""
    now = Catalogue.load().rules_for("appeal-general")
    calendar = replace(now.calendar, version="cn-2025.1", holidays=now.calendar.holidays[:-1], names=())
    return make_rules(now.service, replace(now.policy, version="0", accept="3 working days"), calendar, now.timetables)


async def started(api: Api, rules: Rules) -> Appeal:
    opening = Opening(NUMBER, rules, submission(), NOON, "salt")
    async with api.database.write() as w:
        for known in (rules, Catalogue.load().by_todays_calendar(rules), Catalogue.load().rules_for("appeal-general")):
            assert known is not None
            await store_rules(w, known)
    await api.gateway.start(opening)
    return begin(opening).appeal


@pytest.mark.parametrize("whole", [False, True])
async def test_to_todays_calendar_or_to_what_begins_today_with_the_reason_in_the_journal(
    api: Api, old: Rules, *, whole: bool
) -> None:
    await started(api, old)
    today = Catalogue.load()
    rules = today.rules_for("appeal-general") if whole else today.by_todays_calendar(old)
    assert rules is not None
    for dry in (True, False):
        answer = await api.done(
            "supervisor", NUMBER, "migrate_policy", version=rules.version, reason="国办发明电〔2026〕9号", dry_run=dry
        )
        assert answer["rules_version"] == rules.version
        assert answer["calendar_version"] == today.calendar.version
        assert answer["policy_version"] == (today.policy.version if whole else "0")
        assert answer["clocks"][0]["budget"] == ("1 working day" if whole else "3 working days")
    entries = (await api.get("supervisor", f"/v1/appeals/{NUMBER}/journal")).json()["items"]
    assert [(e["action"], e["reason"]) for e in entries] == [
        ("submit", None),
        ("migrate_policy", "国办发明电〔2026〕9号"),
    ]


async def test_not_to_the_rules_that_another_had(api: Api, old: Rules) -> None:
    await started(api, old)
    another = make_rules(old.service, replace(old.policy, version="x"), old.calendar, old.timetables)
    answer = await api.act("supervisor", NUMBER, "migrate_policy", version=another.version)
    problem(answer, 422, "unknown-version")


async def test_a_version_may_be_named_by_its_beginning_and_the_journal_has_the_whole(api: Api, old: Rules) -> None:
    await started(api, old)
    today = Catalogue.load().rules_for(old.service.code, None).version
    for wrong in (today[:7], "0" * 12):
        answer = await api.act("supervisor", NUMBER, "migrate_policy", version=wrong)
        problem(answer, 422, "unknown-version")
        assert today in answer.json()["errors"][0]["detail"]
    answer = await api.act("supervisor", NUMBER, "migrate_policy", version=today[:12])
    assert answer.status_code == 200
    last = (await api.get("supervisor", f"/v1/appeals/{NUMBER}/journal")).json()["items"][-1]
    assert last["data"]["version"] == today
