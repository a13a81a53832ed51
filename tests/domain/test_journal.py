"""The chain: RFC 8785, digests for what is personal, tampering found, erasing possible."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable
from dataclasses import fields, replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.journal import GENESIS, Entry, canonical, digest, erased, hash_of, is_sound, seal, sealed_data, verify
from domain.vocabulary import Action, Stage
from tests.domain.builders import World
from tests.domain.states import permit, third_answer

Json = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=12,
)


class TestCanonicalForm:
    @pytest.mark.parametrize(
        ("value", "written"),
        [
            ({"b": 1, "a": [True, False, None]}, '{"a":[true,false,null],"b":1}'),
            ({}, "{}"),
            ((), "[]"),
            ("张三", '"张三"'),
            ('"\\/\b\f\n\r\t\x0f\x7f', '"\\"\\\\/\\b\\f\\n\\r\\t\\u000f\x7f"'),
            (Action.SIGN, '"sign"'),
        ],
    )
    def test_values_we_use(self, value: object, written: str) -> None:
        assert canonical(value) == written

    def test_names_are_sorted_by_utf_16_code_units(self) -> None:
        # RFC 8785, 3.2.3: the smiley is a surrogate pair (d83d de00) and comes before U+FB33.
        names = ["\u20ac", "\r", "\ufb33", "1", "\U0001f600", "\x80", "\xf6"]
        ordered = ["\r", "1", "\x80", "\xf6", "\u20ac", "\U0001f600", "\ufb33"]
        assert list(json.loads(canonical(dict.fromkeys(names)))) == ordered

    @pytest.mark.parametrize(
        ("number", "written"),
        [  # RFC 8785, appendix B, and the borders of ECMAScript's notation
            (0.0, "0"), (-0.0, "0"), (5e-324, "5e-324"), (-5e-324, "-5e-324"),
            (1.7976931348623157e308, "1.7976931348623157e+308"), (9007199254740992.0, "9007199254740992"),
            (295147905179352830000.0, "295147905179352830000"), (9.999999999999997e22, "9.999999999999997e+22"),
            (1e23, "1e+23"), (1e21, "1e+21"), (999999999999999900000.0, "999999999999999900000"),
            (333333333.3333332, "333333333.3333332"), (-0.0000033333333333333333, "-0.0000033333333333333333"),
            (0.000001, "0.000001"), (9.999999999999997e-7, "9.999999999999997e-7"), (1.0, "1"), (50.5, "50.5"),
            (4.5, "4.5"), (0.002, "0.002"), (100.0, "100"), (1e30, "1e+30"), (-1.5e-9, "-1.5e-9"),
        ],
    )  # fmt: skip
    def test_numbers_are_written_as_ecmascript_does(self, number: float, written: str) -> None:
        assert canonical(number) == written

    @pytest.mark.parametrize("number", [float("nan"), float("inf"), float("-inf")])
    def test_what_json_cannot_carry_is_refused(self, number: float) -> None:
        with pytest.raises(ValueError, match="JSON"):
            canonical({"x": number})

    @given(Json)
    def test_it_says_the_same_value(self, value: object) -> None:
        assert json.loads(canonical(value), parse_int=float) == value

    @given(Json)
    def test_its_own_reading_is_written_the_same(self, value: object) -> None:
        assert canonical(json.loads(canonical(value))) == canonical(value)


class TestDigests:
    def test_a_personal_value_is_keyed_with_the_salt(self) -> None:
        expected = hmac.new(b"salt", '"张三"'.encode(), hashlib.sha256).hexdigest()
        assert digest("salt", "张三") == f"hmac-sha256:{expected}"
        assert digest("other", "张三") != digest("salt", "张三")

    def test_codes_of_ours_are_sealed_as_they_are_and_everything_else_as_digests(self) -> None:
        data = {"lead_unit": "station-a", "cooperating": ["station-b"], "text": "电话138", "unit": {"name": "张三"}}
        sealed = sealed_data(data, "salt")
        assert (sealed["lead_unit"], sealed["cooperating"]) == ("station-a", ["station-b"])
        assert (sealed["text"], sealed["unit"]) == (digest("salt", "电话138"), digest("salt", {"name": "张三"}))

    def test_nothing_personal_and_no_result_stands_in_the_sealed_part(self) -> None:
        case = third_answer().do("enterprise", "rate", grade=5, comment="谢谢周警官")
        text = json.dumps([e.sealed for e in case.journal], ensure_ascii=False)
        for planted in (
            "张三",
            "13800001234",
            "厂区周边",
            "夜间有人翻墙",
            "示例制造",
            "郑承办",
            "巡逻",
            "谢谢",
            "solved",
        ):
            assert planted not in text
        plain = json.dumps([e.data for e in case.journal], ensure_ascii=False)
        assert all(planted in plain for planted in ("张三", "13800001234", "巡逻", "谢谢", "solved"))


@pytest.fixture(scope="module")
def journal() -> list[Entry]:
    """People's entries and the system's own; salted ones and others."""
    return permit(("review", "incomplete")).wait(days=10).journal


_OTHER: dict[str, Any] = {
    "number": "SQ20260907-00000099",
    "seq": 99,
    "action": Action.NOTE,
    "from_stage": Stage.EVALUATE,
    "to_stage": Stage.EVALUATE,
    "round": 9,
    "reason": "别的理由",
    "salt": "another",
    "previous_hash": "f" * 64,
    "hash": "f" * 64,
}


class TestTampering:
    def test_an_untouched_journal_is_whole(self, journal: list[Entry]) -> None:
        assert verify(journal) == ()
        assert (journal[0].previous_hash, len(journal)) == (GENESIS, journal[-1].seq)
        assert {e.salt for e in journal} >= {"", "salt-of-submission", "salt-1"}
        assert all(hash_of(e.sealed) == e.hash for e in journal)

    @pytest.mark.parametrize("name", [*_OTHER, "at", "actor.id", "actor.name", "actor.unit", "actor.role", "data"])
    def test_a_change_of_any_field_of_any_entry_is_found(self, journal: list[Entry], name: str) -> None:
        for place, entry in enumerate(journal):
            changed = _changed(entry, name)
            if name == "salt" and not entry.salt:
                continue  # the system's entries hold nothing that a salt would protect
            flaws = verify([*journal[:place], changed, *journal[place + 1 :]])
            assert flaws, (entry.action, name)
            assert all(flaw.detail for flaw in flaws)

    def test_every_field_is_tried_but_the_technical_id(self) -> None:
        tried = {*_OTHER, "at", "actor", "data", "sealed"}
        assert {f.name for f in fields(Entry)} - tried == {"entry_id"}

    @given(place=st.integers(0, 11), pick=st.integers(0, 99))
    def test_a_change_of_any_sealed_value_is_found(self, journal: list[Entry], place: int, pick: int) -> None:
        place %= len(journal)
        entry = journal[place]
        name = sorted(entry.sealed)[pick % len(entry.sealed)]
        changed = replace(entry, sealed={**entry.sealed, name: "x"})
        assert verify([*journal[:place], changed, *journal[place + 1 :]])
        again = replace(changed, hash=hash_of(changed.sealed))
        assert verify([*journal[:place], again, *journal[place + 1 :]])

    def test_a_missing_a_doubled_and_a_moved_entry_are_found(self, journal: list[Entry]) -> None:
        assert [f.seq for f in verify([*journal[:3], *journal[4:]])] == [5, 5]
        assert verify([*journal[:3], *journal[2:]])
        assert verify([journal[1], journal[0], *journal[2:]])

    def test_whoever_seals_anew_must_seal_everything_after_it_too(self, journal: list[Entry]) -> None:
        forged = seal(replace(journal[2], actor=replace(journal[2].actor, id="other")), journal[2].previous_hash)
        assert [f.seq for f in verify([*journal[:2], forged, *journal[3:]])] == [4]

    def test_one_entry_alone_proves_itself_wherever_it_stands(self, journal: list[Entry]) -> None:
        assert all(is_sound(e) and is_sound(erased(e)) for e in journal)
        # It says nothing of its place: that a neighbour is missing only the whole journal shows.
        assert is_sound(journal[3])
        assert verify(journal[3:])

    @pytest.mark.parametrize("name", [*_OTHER, "at", "actor.id", "actor.name", "actor.unit", "actor.role", "data"])
    def test_one_entry_alone_betrays_a_change_of_it(self, journal: list[Entry], name: str) -> None:
        assert not any(is_sound(_changed(e, name)) for e in journal if e.salt or name != "salt")

    def test_one_entry_alone_betrays_a_change_of_what_was_sealed(self, journal: list[Entry]) -> None:
        for entry in journal:
            lies = [replace(entry, sealed={**entry.sealed, name: "x"}) for name in entry.sealed]
            assert not any(map(is_sound, lies))
            # Sealed anew it still contradicts what it says, as long as it says it: the system's entries name nobody.
            assert not any(is_sound(replace(lie, hash=hash_of(lie.sealed))) for lie in lies if entry.salt)

    @pytest.mark.parametrize("lie", [{"data": {"text": "新"}}, {"reason": "新"}])
    def test_what_has_been_erased_cannot_come_back_as_something_else(
        self, journal: list[Entry], lie: dict[str, Any]
    ) -> None:
        gone = [erased(e) for e in journal]
        changed = replace(gone[0], **lie)
        assert [f.seq for f in verify([changed, *gone[1:]])] == [1]


def _changed(entry: Entry, name: str) -> Entry:
    if name == "at":
        return replace(entry, at=entry.at + timedelta(microseconds=1))
    if name == "data":
        first = next(iter(entry.data), "text")
        return replace(entry, data={**entry.data, first: "别的"})
    if name.startswith("actor."):
        return replace(entry, actor=replace(entry.actor, **{name.removeprefix("actor."): "other"}))
    return replace(entry, **{name: _OTHER[name]})


class TestErasing:
    def test_a_person_can_be_erased_and_the_chain_stays_whole(self, journal: list[Entry]) -> None:
        gone = [erased(e) for e in journal]
        assert verify(gone) == ()
        text = json.dumps([(e.actor.name, e.reason, e.data, e.salt, e.sealed) for e in gone], ensure_ascii=False)
        assert not any(
            planted in text for planted in ("张三", "13800001234", "厂区周边", "示例制造", "陈危化", "salt-")
        )

    def test_codes_stay_and_are_still_proved(self, journal: list[Entry]) -> None:
        gone = [erased(e) for e in journal]
        assert gone[0].data["channel"] == "web"
        for lie in ({**gone[0].data, "channel": "window"}, {k: v for k, v in gone[0].data.items() if k != "channel"}):
            assert verify([replace(gone[0], data=lie), *gone[1:]])

    @pytest.mark.parametrize("way", [lambda e: erased(erased(e)), erased])
    def test_erasing_twice_is_erasing_once(self, journal: list[Entry], way: Callable[[Entry], Entry]) -> None:
        assert [way(e) for e in journal] == [erased(e) for e in journal]

    def test_a_salt_alone_may_be_lost_where_nothing_personal_was_said(self) -> None:
        case = World().case().assigned()
        signed = replace(case.journal[2], actor=replace(case.journal[2].actor, name=""), salt="")
        assert verify([*case.journal[:2], signed]) == ()
