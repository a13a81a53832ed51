"""Whatever the domain holds comes back equal; rules are named by their content."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import replace
from datetime import datetime
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from domain.appeal import Appeal
from domain.calendar import ZONE, Calendar, Timetable
from domain.rules import Policy, Rules, Service, Statutory
from storage import rules as module
from storage.codec import (
    dump_appeal,
    dump_rules,
    dump_submission,
    load_appeal,
    load_rules,
    load_submission,
    make_rules,
    rules_digest,
)
from storage.column_types import dump_json
from storage.database import Database
from storage.rules import rules_by_version, store_rules
from tests.storage.build import begun, catalogue, rules, submission

#: JSON as it may stand in a form or a record; floats that JSON can carry.
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


def by_way_of_text(value: Any) -> Any:
    return json.loads(dump_json(value))


MOMENTS = st.datetimes(min_value=datetime(2000, 1, 1), max_value=datetime(2100, 1, 1), timezones=st.just(ZONE))  # noqa: DTZ001


def anything(shape: Any) -> st.SearchStrategy[Any]:  # noqa: PLR0911 - one line for each kind
    """Values of a type of the domain, whatever its fields; so that a new field is tried without being named here."""
    origin, arguments = get_origin(shape), get_args(shape)
    if shape is Any:
        return JSON
    if shape is datetime:
        return MOMENTS
    if shape is Rules:
        return st.just(rules())
    if origin is tuple:
        return st.lists(anything(arguments[0]), max_size=2).map(tuple)
    if origin is dict:
        return st.dictionaries(anything(arguments[0]), anything(arguments[1]), max_size=2)
    if origin in {Union, UnionType}:
        # An appeal that holds the appeal before it holds no third one.
        return st.one_of([anything(a) for a in arguments if a is not Appeal])
    if isinstance(shape, type) and dataclasses.is_dataclass(shape):
        hints = get_type_hints(shape)
        return st.builds(shape, **{f.name: anything(hints[f.name]) for f in dataclasses.fields(shape)})
    return st.from_type(shape)


@given(anything(Appeal))
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
def test_any_appeal_comes_back_as_it_was(appeal: Appeal) -> None:
    again = load_appeal(by_way_of_text(dump_appeal(appeal)), appeal.rules)
    assert again == replace(appeal, undo=None)


@given(st.dictionaries(st.text(), JSON, max_size=4))
def test_any_form_comes_back_as_it_was_with_its_order(form: dict[str, Any]) -> None:
    sent = submission(form=form)
    again = load_submission(by_way_of_text(dump_submission(sent)))
    assert again == sent
    assert repr(again.form) == repr(form)


def test_what_could_be_undone_and_the_rules_are_not_part_of_the_state() -> None:
    appeal, _ = begun("SQ20260901-00000001")
    state = dump_appeal(replace(appeal, undo=appeal))
    assert not {"rules", "undo"} & state.keys()
    assert load_appeal(state, appeal.rules).rules is appeal.rules


def test_a_state_that_is_none_is_refused() -> None:
    with pytest.raises(ValidationError):
        load_appeal({"number": "SQ20260901-00000001", "stage": "nowhere"}, rules())


def test_rules_come_back_as_they_were() -> None:
    for service in catalogue().services():
        known = catalogue().rules_for(service.code)
        assert load_rules(by_way_of_text(dump_rules(known))) == known


def test_the_version_is_the_digest_of_everything_else() -> None:
    known = rules()
    assert known.version == rules_digest(known) == rules_digest(replace(known, version="other"))
    assert len(known.version) == 64
    changed = [
        replace(known, service=replace(known.service, handle="6 working days")),
        replace(known, policy=replace(known.policy, max_rounds=4)),
        replace(known, calendar=replace(known.calendar, holidays=known.calendar.holidays[1:])),
    ]
    assert len({rules_digest(r) for r in (known, *changed)}) == 4


STATUTE = Statutory("20 working days", "第四十二条", "2019-04-23")


@pytest.mark.parametrize(
    ("statutory", "version"),
    [
        (None, "1191a11cdc405369850755ebe91625baff7a928e1d45aff0982ba61f09d82fc8"),
        (STATUTE, "5fa0929f571f69c872f0f1b9884c374f1517f84dc135a704fc4a392b05f99a05"),
    ],
)
def test_rules_keep_the_version_they_had_when_the_first_appeals_began(
    statutory: Statutory | None, version: str
) -> None:
    """The tables and the journals know them by it; what rules have learned to say since counts when it is said."""
    calendar = Calendar(
        "cn-2026.1",
        (1, 2, 3, 4, 5),
        (("08:30", "12:00"), ("13:30", "17:30")),
        holidays=("2026-10-01",),
        workdays=("2026-10-10",),
        announced=(2026,),
        names=(("2026-10-01", "国庆节"),),
    )
    service = Service("appeal-general", "企业诉求", "appeal", "1", "2026-01-01", "S1·19", statutory=statutory)
    known = make_rules(service, Policy("1"), calendar)
    assert known.version == version
    window = Timetable("window", "窗口", (1, 2), (("09:00", "12:00"),))
    said = [
        replace(known, timetables=(window,)),
        replace(known, service=replace(service, calendar="window")),
        replace(known, calendar=replace(calendar, hours=((5, (("08:30", "12:00"),)),))),
        replace(known, calendar=replace(calendar, all_year=True)),
        replace(known, service=replace(service, internal=True)),
    ]
    assert len({version, *(rules_digest(rules) for rules in said)}) == 6


def test_rules_that_were_kept_before_they_had_timetables_are_still_read() -> None:
    known = make_rules(rules().service, rules().policy, rules().calendar)
    body = dump_rules(known)
    del body["timetables"], body["service"]["calendar"], body["calendar"]["hours"], body["calendar"]["all_year"]
    again = load_rules(by_way_of_text(body))
    assert again == known
    assert rules_digest(again) == known.version


def test_the_digest_does_not_depend_on_the_order_of_keys() -> None:
    known = rules()
    turned = dict(reversed(known.service.form.items()))
    assert rules_digest(replace(known, service=replace(known.service, form=turned))) == known.version


async def test_rules_are_read_once_for_many_appeals(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    loaded = []

    def load(body: dict[str, Any]) -> Any:
        loaded.append(body["version"])
        return load_rules(body)

    monkeypatch.setattr(module, "load_rules", load)
    monkeypatch.setattr(module, "_MOST", 1)
    module._CACHE.clear()
    one, two = rules("appeal-general"), rules("non-police")
    async with database.write() as w:
        for known in (one, one, two):
            await store_rules(w, known)
    async with database.read() as r:
        assert await rules_by_version(r, [one.version, one.version]) == {one.version: one}
        assert await rules_by_version(r, [one.version]) == {one.version: one}
        assert loaded == [one.version]
        assert set(await rules_by_version(r, [one.version, two.version])) == {one.version, two.version}
        assert len(module._CACHE) == 1
        with pytest.raises(KeyError):
            await rules_by_version(r, ["unknown"])
    module._CACHE.clear()
