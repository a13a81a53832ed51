"""`appeals permissions`: the whole table, or one role's part of it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from typer.testing import CliRunner

from api.permission_table import lines
from cli.main import app
from domain.vocabulary import Role


def printed(*words: str) -> str:
    result = CliRunner(env={"COLUMNS": "200"}).invoke(app, ["permissions", *words])
    assert result.exit_code == 0, result.stderr
    return result.stdout


def as_json(*words: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(printed("--format", "json", *words))
    return found


def test_everything_is_in_it_by_its_chinese_name() -> None:
    shown = printed()
    for line in lines():
        assert line.code in shown
    for words in ("编排值班表", "负责人：本单位及下级单位", "督办人员：全部", "不用令牌"):
        assert words in shown


def test_as_json_it_says_the_same() -> None:
    assert as_json() == [line.plain(None) for line in lines()]


@pytest.mark.parametrize("role", list(Role))
def test_of_a_role_it_says_what_that_role_may(role: Role) -> None:
    found = as_json("--role", role.value)
    assert found
    assert all(one["role"] == role.value for line in found for one in line["who"])
    assert [line["action"] for line in found] == [line.code for line in lines(role)]


def test_a_role_that_is_none_is_refused() -> None:
    assert CliRunner().invoke(app, ["permissions", "--role", "boss"]).exit_code == 2
