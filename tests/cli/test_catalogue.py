"""`appeals catalogue`: checked, shown as people read it, and described for editors."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest
import yaml
from jsonschema import Draft202012Validator
from typer.testing import CliRunner

from cli.catalogue import app
from storage.organisation import CATALOGUE
from storage.service_schema import service_schema, written
from tests.support.everything import FILE

RUN = CliRunner()


class _Text(yaml.CSafeLoader):
    """As the catalogue is read: days stay text."""


_Text.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in found if not tag.endswith(":timestamp")]
    for first, found in yaml.CSafeLoader.yaml_implicit_resolvers.items()
}
PUBLISHED = CATALOGUE / "schema" / "service.json"


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """A catalogue of one service that says everything."""
    (tmp_path / "services").mkdir()
    (tmp_path / "services" / "everything.yaml").write_text(FILE.read_text(encoding="utf-8"), encoding="utf-8")
    return tmp_path


def test_the_check_of_a_catalogue_without_holes_says_so(own: Path) -> None:
    found = RUN.invoke(app, ["check", "--directory", str(own)])
    assert (found.exit_code, found.output.strip()) == (0, "目录没有漏洞 / the catalogue has no holes")


def test_the_check_tells_each_hole_and_fails(own: Path) -> None:
    file = own / "services" / "everything.yaml"
    file.write_text(file.read_text(encoding="utf-8").replace("lapse: silent", "lapse: nothing"), encoding="utf-8")
    found = RUN.invoke(app, ["check", "--directory", str(own)])
    assert found.exit_code == 1
    assert found.output.startswith("目录有 1 处漏洞，改正前不采用 / holes: 1")
    assert "✗ service everything version 1: step follow: lapse: unknown outcome nothing" in found.output


def test_a_service_is_shown_as_people_read_it(own: Path) -> None:
    found = RUN.invoke(app, ["show", "everything", "--directory", str(own)])
    assert found.exit_code == 0
    for said in (
        "名称：全部写法（everything，第1版）",
        "分线：事项线、执法行为线，互不可见",
        "款项：核准、支付、追回；办结须支付为追回",
        "起算：自“等待迁出证明”完成起（迁出地为“市外”）",
        "法定时限：20个工作日；《示例条例》第三条（2026-05-01起施行，待核实）",
        "人数（persons）：必填；例：50",
        "时限：1个工作日；当“办理”的次数为0，且紧急",
        "时限：5个工作日；《示例条例》第五条；待核实",
        "时限：30个自然日；逾期自动“未反馈”",
        "结论 发证：→ 企业反馈；须未有结果的分项数为0；记录：有效期至、分项结果；结果：",
        "结果：已解决；制发：通行证；承诺时限办结",
        "结论 同意：→ 办理；“办理”时限延长5个工作日、法定时限延长10个工作日",
        "结论 移送：→ 办理；记录：分项结果；移送12345政务服务便民热线",
        '  sort -->|"集中办理"| matter',
    ):
        assert said in found.output, said


def test_a_condition_that_asks_nothing_is_not_shown() -> None:
    """Sums are never negative."""
    assert "款项：追赃挽损\n" in RUN.invoke(app, ["show", "crime-report"]).output


def test_a_service_is_written_as_a_page_and_its_procedure_as_a_drawing(own: Path, tmp_path: Path) -> None:
    html, svg = tmp_path / "s.html", tmp_path / "s.svg"
    found = RUN.invoke(app, ["show", "everything", "--directory", str(own), "--html", str(html), "--svg", str(svg)])
    assert found.exit_code == 0
    page = html.read_text(encoding="utf-8")
    assert page.startswith("<!doctype html>")
    assert svg.read_text(encoding="utf-8") in page
    assert page.count("http") == 1  # the drawing's namespace: no other host is asked


def test_a_service_without_steps_has_no_drawing_in_its_page(tmp_path: Path) -> None:
    html = tmp_path / "s.html"
    assert RUN.invoke(app, ["show", "appeal-general", "--html", str(html)]).exit_code == 0
    assert "<svg" not in html.read_text(encoding="utf-8")


def test_an_unknown_service_and_a_broken_catalogue_are_told(own: Path) -> None:
    unknown = RUN.invoke(app, ["show", "nothing", "--directory", str(own)])
    assert (unknown.exit_code, "没有代码为“nothing”的服务事项" in unknown.output) == (1, True)
    (own / "services" / "everything.yaml").write_text("code: [", encoding="utf-8")
    broken = RUN.invoke(app, ["show", "everything", "--directory", str(own)])
    assert (broken.exit_code, "目录有误" in broken.output) == (1, True)


def test_the_published_schema_is_the_model_as_it_is(tmp_path: Path) -> None:
    assert PUBLISHED.read_text(encoding="utf-8") == written(), (
        "changed: `appeals catalogue schema --write catalogue/schema/service.json`"
    )
    assert RUN.invoke(app, ["schema"]).output == written()
    made = tmp_path / "service.json"
    RUN.invoke(app, ["schema", "--write", str(made)])
    assert json.loads(made.read_text(encoding="utf-8")) == service_schema()


def test_every_service_file_fits_the_schema_and_names_it() -> None:
    validator = Draft202012Validator(service_schema())
    for path in [*sorted((CATALOGUE / "services").glob("*.yaml")), FILE]:
        text = path.read_text(encoding="utf-8")
        assert [e.message for e in validator.iter_errors(yaml.load(text, _Text))] == [], path.name  # noqa: S506
        if path is not FILE:
            assert text.startswith("# yaml-language-server: $schema=../schema/service.json\n"), path.name


def test_every_field_of_the_model_is_explained_in_the_schema() -> None:
    shapes = {"Service": service_schema(), **service_schema()["$defs"]}
    speaks_for_itself = {"code", "name", "version", "result", "budget", "article", "in_force", "kind", "materials"}
    silent = [
        f"{shape}.{field}"
        for shape in ("Service", "Step", "StepOutcome", "Limit", "Document", "Validity", "Posting", "MoreTime", "Waits")
        for field, said in shapes[shape]["properties"].items()
        if field not in speaks_for_itself and not said.get("description")
    ]
    assert [name for name in silent if name.removeprefix("Service.") not in _PLAIN] == []


_PLAIN = {"rejectable", "handle_urgent", "statutory", "ladder_hours", "procedure", "valid_from"}


@pytest.mark.parametrize("path", sorted((CATALOGUE / "services").glob("*.yaml")), ids=lambda path: path.stem)
def test_no_service_is_shown_in_words_of_a_programming_language(path: Path) -> None:
    said = RUN.invoke(app, ["show", path.stem]).output.partition("流程 / procedure")[0]
    assert re.findall(r"\b(?:True|False|None)\b|\['|\('|为“[a-z_]+”|含“[a-z_]+”", said) == []


DOCS = Path(__file__).parents[2] / "docs"


def test_the_handbooks_table_of_services_is_the_catalogue_as_it_is() -> None:
    assert (DOCS / "services.md").read_text(encoding="utf-8") == RUN.invoke(app, ["list"]).output, (
        "changed: `appeals catalogue list > docs/services.md`"
    )


@pytest.mark.parametrize("packaged", [True, False], ids=["beside the packaged services", "alone"])
def test_the_handbooks_walk_through_makes_a_service_without_a_hole(tmp_path: Path, *, packaged: bool) -> None:
    text = (DOCS / "catalogue.md").read_text(encoding="utf-8")
    if packaged:
        shutil.copytree(CATALOGUE, tmp_path, dirs_exist_ok=True)
    file = tmp_path / "services" / "meeting-room.yaml"
    file.parent.mkdir(exist_ok=True)
    file.write_text(text.split("```yaml\n", 1)[1].split("```", 1)[0], encoding="utf-8")
    found = RUN.invoke(app, ["check", "--directory", str(tmp_path)])
    assert (found.exit_code, found.output.strip()) == (0, "目录没有漏洞 / the catalogue has no holes")
    listed = RUN.invoke(app, ["list", "--directory", str(tmp_path)]).output
    assert ("联络站会议室借用" in listed, "涉企案件报案" in listed) == (True, packaged)
