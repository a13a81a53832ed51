"""Codes that carry their own proof."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.identity import NUMBER, appeal_number, is_phone, reaches_somebody, uscc_check_character, uscc_fault
from tests.domain.walker import at

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"  # GB 32100-2015: no I, O, S, V, Z
# Published codes of large enterprises and bodies.
REAL = ["91350100M000100Y43", "914403001922038216", "91330100799655058B", "91110000802100433B", "11100000000013338W"]

bodies = st.text(ALPHABET, min_size=17, max_size=17)


class TestCreditCode:
    @pytest.mark.parametrize("code", REAL)
    def test_real_codes_are_valid(self, code: str) -> None:
        assert uscc_fault(code) is None

    @pytest.mark.parametrize(
        ("code", "says"),
        [
            ("", "18位"),
            ("91350100M000100Y4", "18位"),
            ("91350100M000100Y430", "18位"),
            ("91350100M000100Y44", "校验位"),
            ("91350100m000100y43", "大写"),
            ("91350100I000100Y43", "不含I"),
            ("91350100M00010 Y43", "只能含"),
            ("９1350100M000100Y43", "只能含"),
            ("91350100M000100Y4\n", "只能含"),
        ],
    )
    def test_anything_else_says_what_is_wrong(self, code: str, says: str) -> None:
        assert says in (uscc_fault(code) or "")

    @given(bodies)
    def test_every_body_has_exactly_one_check_character(self, body: str) -> None:
        good = [c for c in ALPHABET if uscc_fault(body + c) is None]
        assert good == [uscc_check_character(body)]

    @given(body=bodies, place=st.integers(0, 17), other=st.sampled_from(ALPHABET))
    def test_every_single_wrong_character_is_found(self, body: str, place: int, other: str) -> None:
        code = body + uscc_check_character(body)
        wrong = code[:place] + other + code[place + 1 :]
        assert (uscc_fault(wrong) is None) == (wrong == code)

    @given(body=bodies, place=st.integers(0, 16))
    def test_every_swap_of_neighbours_is_found(self, body: str, place: int) -> None:
        code = body + uscc_check_character(body)
        swapped = code[:place] + code[place + 1] + code[place] + code[place + 2 :]
        assert (uscc_fault(swapped) is None) == (swapped == code)


class TestPhone:
    @pytest.mark.parametrize(
        "text",
        [
            "13800001234", "+8613800001234", "+86 13800001234", "86-19912345678",
            "0574-87654321", "057487654321", "010 62345678", "87654321", "0574-8765432", "010-62345678-801",
            "+86-0574-87654321", "4008001234", "400-800-1234", "8008101234", "110", "119", "12345", "12389", "95588",
        ],
    )  # fmt: skip
    def test_numbers_in_use(self, text: str) -> None:
        assert is_phone(text)

    @pytest.mark.parametrize(
        "text",
        [
            "", " ", "1380000123", "138000012345", "12800001234", "1380000123a", "张三", "13800001234 ", " 13800001234",
            "13800001234\n", "1３800001234", "١٣٨٠٠٠٠١٢٣٤", "0574", "1234", "--", "+86", "138-0000-1234x", "20", "999",
        ],
    )  # fmt: skip
    def test_impossible_ones(self, text: str) -> None:
        assert not is_phone(text)

    @pytest.mark.parametrize(
        "text", ["13800001234", "+86 13800001234", "0574-87654321", "057487654321", "010-62345678-801", "400-800-1234"]
    )
    def test_somebody_is_reached(self, text: str) -> None:
        assert reaches_somebody(text)
        assert is_phone(text)

    @pytest.mark.parametrize("text", ["87654321", "110", "12345", "12389", "95588", "", "0574", "0574-12345"])
    def test_nobody_is_reached(self, text: str) -> None:
        assert not reaches_somebody(text)


class TestNumber:
    def test_it_holds_the_local_day_and_eight_digits(self) -> None:
        assert appeal_number(at("2026-09-07 00:30"), 42) == "SQ20260907-00000042"

    @given(st.integers(0, 99_999_999))
    def test_every_number_is_one(self, serial: int) -> None:
        assert NUMBER.match(appeal_number(at("2026-09-07 10:00"), serial))

    @pytest.mark.parametrize(
        "text", ["SQ20260907-0000004", "SQ20260907-000000420", "sq20260907-00000042", "SQ２0260907-00000042",
                 "SQ20260907-00000042\n", " SQ20260907-00000042", ""],
    )  # fmt: skip
    def test_nothing_else_is(self, text: str) -> None:
        assert not NUMBER.match(text)
