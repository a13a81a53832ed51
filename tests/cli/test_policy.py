"""`appeals policy` as an operator meets it: what it refuses in words, what it tries, what it shows."""

from __future__ import annotations

import asyncio
import json
import re
import shutil
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from api.policy_table import rows
from cli.main import app
from cli.policy_comparison import Comparison, Others
from domain.act import Act
from domain.appeal import Appeal
from domain.calendar import ZONE, to_wall
from domain.journal import Entry
from domain.ladder import CallStep, Ladder
from domain.loop import decide
from domain.moments import fire
from domain.opening import Opening
from domain.people import Actor
from domain.rules import Policy
from domain.service import Limit
from domain.simulate import tracks
from domain.vocabulary import Action, Role
from gateway.migration import Migration, Order
from runtime import codec
from runtime.settings import Settings
from storage import migrate, sample
from storage.catalogue import Catalogue
from storage.database import Database
from storage.organisation import CATALOGUE
from storage.recorded import Recorded, recorded, verdicts
from storage.rules import store_rules
from tests.api.bench import Clock, LocalGateway
from tests.domain.stepwise import begun as stepwise
from tests.domain.stepwise import service, step, to
from tests.storage.build import ENTERPRISE, begun, put, stored, unit

MONDAY = datetime(2026, 10, 12, 9, 0, tzinfo=ZONE)
WINDOW = Actor("window", "窗口", (Role.WINDOW,), unit("branch"))
SUPERVISOR = Actor("supervisor", "督办", (Role.SUPERVISOR,), unit("city"))
SENT = "SQ20261012-0000000{}"


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    settings = Settings(data_dir=tmp_path_factory.mktemp("policy"))
    migrate.upgrade(settings.database_url)
    sample.install(settings.database_url, settings.sample_keys_file)
    codec.ensure_key_file(settings.key_file)
    return settings.data_dir


@pytest.fixture
def data(template: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(template, tmp_path / "kept"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A catalogue with one more holiday than the packaged one, and another policy."""
    made = Path(shutil.copytree(CATALOGUE, tmp_path / "catalogue"))
    edit(made / "calendars/cn.yaml", '"cn-2026.2"', '"cn-2026.3"')
    edit(made / "calendars/cn.yaml", '"2026-10-07": 国庆节', '"2026-10-07": 国庆节\n      "2026-10-13": 新设节日')
    name(made / "policies/default.yaml", "next")
    edit(made / "policies/default.yaml", "accept: 1 working day", "accept: 4 working hours")
    return made


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def name(policy: Path, version: str) -> None:
    """Another version of it."""
    text = policy.read_text(encoding="utf-8")
    policy.write_text(re.sub(r"(?m)^version:.*$", f'version: "{version}"', text), encoding="utf-8")


def run(data: Path, *arguments: object) -> Result:
    runner = CliRunner(env={"COLUMNS": "160", "TERM": "xterm", "NO_COLOR": "1"})
    return runner.invoke(app, ["policy", *map(str, arguments), "--data-dir", str(data)])


def fill(data: Path, *appeals: tuple[Appeal, Sequence[Entry]]) -> None:
    async def write() -> None:
        database = Database.create(Settings(data_dir=data).database_url)
        for appeal, entries in appeals:
            await put(database, appeal, entries)
        await database.close()

    asyncio.run(write())


def look(data: Path, number: str) -> Appeal:
    async def read() -> Appeal:
        database = Database.create(Settings(data_dir=data).database_url)
        try:
            return await stored(database, number)
        finally:
            await database.close()

    return asyncio.run(read())


def opened(nth: int = 1, at: datetime = MONDAY) -> tuple[Appeal, list[Entry]]:
    """Sent in, and nothing more."""
    return begun(SENT.format(nth), at=at)


def story(nth: int, accepted: str, withdrawn: str) -> tuple[Appeal, list[Entry]]:
    """Sent in on Monday at nine, accepted and withdrawn at these moments; what fell due meanwhile has happened."""
    appeal, entries = opened(nth)
    for who, action, body, at in (
        (WINDOW, Action.ACCEPT, {}, accepted),
        (ENTERPRISE, Action.WITHDRAW, {"reason": "已解决"}, withdrawn),
    ):
        now = datetime.fromisoformat(f"2026-10-{at}+08:00")
        due = fire(appeal, now)
        done = decide(due.appeal, Act(action, who, body, key=f"{nth}-{action}", digest="d", salt="s"), now)
        appeal, entries = done.appeal, [*entries, *due.entries, *done.entries]
    return appeal, entries


# Migrating


def test_a_dry_run_needs_no_engine_and_says_which_deadlines_would_move(
    data: Path, folder: Path, tmp_path: Path
) -> None:
    tomorrow = datetime.now(ZONE) - timedelta(minutes=1)
    fill(data, opened(1), begun(SENT.format(2), "hazmat-toxic-purchase", at=tomorrow))
    before, report = look(data, SENT.format(1)), tmp_path / "report.json"
    done = run(
        data,
        "migrate",
        "--as",
        "supervisor",
        "--reason",
        "通知",
        "--dry-run",
        "--directory",
        folder,
        "--report",
        report,
    )
    # The holiday is over: the deadline that it moves lies behind us before and after, so nothing is broken by it.
    for words in ("2026-10-12 17:30", "期限有变 / moved: 1", "期限不变 / unchanged: 1", "未作任何改动"):
        assert words in done.stdout.replace("2026-10-13 17:30", "2026-10-12 17:30")
    assert done.exit_code == 0, done.stderr
    told = json.loads(report.read_text(encoding="utf-8"))
    assert told["dry_run"] is True
    assert [item["result"] for item in told["appeals"]] == ["moved", "unchanged"]
    (rules,) = [new for new in told["rules"].values() if new["service"].startswith("appeal-general")]
    assert (rules["calendar"], rules["policy"]) == ("cn-2026.3", Catalogue.load().policy.version), (
        "a new holiday is no reason for another limit"
    )
    assert look(data, SENT.format(1)) == before
    whole = run(data, "migrate", "--as", "supervisor", "--reason", "x", "--whole", "--dry-run", "--directory", folder)
    assert "期限有变 / moved: 1" in whole.stdout


def test_a_filter_narrows_and_an_unknown_number_is_said(data: Path, folder: Path) -> None:
    fill(data, opened(1), opened(2))
    asked = ("migrate", "--as", "supervisor", "--reason", "通知", "--dry-run", "--directory", folder)
    for more, count in (
        (("--service", "non-police"), 0),
        (("--stage", "handle"), 0),
        (("--stage", "accept"), 2),
        (("--unit", "station-a"), 0),
        (("--number", SENT.format(2)), 1),
    ):
        assert f"共 {count} 件" in run(data, *asked, *more).stdout, more
    done = run(data, *asked, "--number", SENT.format(9))
    assert done.exit_code == 1
    assert "没有这个编号" in done.stdout


def test_a_service_or_unit_that_nobody_has_is_refused_with_those_there_are(data: Path, folder: Path) -> None:
    asked = ("migrate", "--as", "supervisor", "--reason", "通知", "--dry-run", "--directory", folder)
    for more, words, known in (
        (("--service", "nope"), "没有代码为“nope”的事项", "appeal-general"),
        (("--unit", "nope"), "没有代码为“nope”的单位", "station-a"),
    ):
        done = run(data, *asked, *more)
        assert (done.exit_code, words in done.stderr, known in done.stderr) == (1, True, True), done.stderr


def test_a_service_that_is_no_more_in_the_catalogue_may_still_have_open_appeals(data: Path, folder: Path) -> None:
    fill(data, opened(1))
    (folder / "services/appeal-general.yaml").unlink()
    asked = ("migrate", "--as", "supervisor", "--reason", "通知", "--dry-run", "--directory", folder)
    done = run(data, *asked, "--service", "appeal-general")
    assert "没有代码为" not in done.stderr


def test_a_policy_is_shown_as_people_read_it(data: Path) -> None:
    fill(data, opened(1))
    done = run(data, "show")
    assert done.exit_code == 0, done.stderr
    for words in ("受理时限", "1个工作日", "升级阶梯", "到期时：", "再过24小时：", "逐级向上", "共30次", "75、90"):
        assert words in done.stdout, words
    for python in ("Ladder(", "CallStep", "()", "('"):
        assert python not in done.stdout
    hole = replace(
        Policy("x"), ladders=(Ladder("own", (CallStep(("account:chief",), times=2, every="5 minutes"),), "2 hours"),)
    )
    shown = {name: said for name, _, said in rows(hole)}
    assert shown["ladders"] == "own（认领2小时）\n  到期时：账号 chief，每5分钟一次，共2次"
    assert (shown["cooperation"], shown["quiet"]) == ("未设", "未设")


def test_who_may_not_or_cannot_is_told_and_nothing_changes(
    data: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TEMPORAL_ADDRESS", "127.0.0.1:1")
    fill(data, opened())
    before = look(data, SENT.format(1))
    for account, reason, words in (
        ("nobody", "x", "没有账号“nobody”"),
        ("handler", "x", "账号“handler”不是督办人员"),
        ("supervisor", "  ", "须写明理由"),
        ("supervisor", "x" * 2001, "须写明理由"),
        ("supervisor", "x", "连接不上"),
    ):
        done = run(data, "migrate", "--as", account, "--reason", reason, "--directory", folder)
        assert (done.exit_code, words in done.stderr) == (1, True), done.stderr
    assert look(data, SENT.format(1)) == before


def test_nobody_is_brought_to_a_catalogue_with_a_hole(data: Path, folder: Path) -> None:
    edit(folder / "calendars/cn.yaml", '      "2026-10-02": 国庆节\n', "")
    done = run(data, "migrate", "--as", "supervisor", "--reason", "x", "--directory", folder)
    assert done.exit_code == 1
    assert "国庆节中间缺少 2026-10-02" in done.stderr


def test_a_database_of_another_version_is_told(tmp_path: Path, folder: Path) -> None:
    done = run(tmp_path, "migrate", "--as", "supervisor", "--reason", "x", "--directory", folder)
    assert (done.exit_code, "appeals migrate" in done.stderr) == (1, True)


async def test_an_engine_that_goes_away_leaves_the_rest_pending_and_the_next_run_goes_on(
    data: Path, folder: Path
) -> None:
    database = Database.create(Settings(data_dir=data).database_url)
    try:
        clock, catalogue = Clock(), Catalogue.load(folder)
        clock.now = MONDAY
        gateway, (appeal, _) = LocalGateway(database, clock), opened()
        rules = catalogue.by_todays_calendar(appeal.rules)
        assert rules is not None
        async with database.write() as w:
            await store_rules(w, appeal.rules)
            await store_rules(w, rules)
        await gateway.start(Opening(appeal.number, appeal.rules, appeal.submission, appeal.created_at, "salt"))
        order = Order(SUPERVISOR, "通知", {appeal.rules.version: rules}, even_if_late=True)

        gateway.away = True
        work = Migration(database, order)
        assert [await ended(work, appeal, gateway) for _ in range(2)] == ["pending", "pending"]
        assert gateway.acts == []
        gateway.away, gateway.pending = False, True
        assert await ended(Migration(database, order), appeal, gateway) == "moved", "asked again with the same key"
        gateway.pending = False
        assert await ended(Migration(database, order), appeal, gateway) == "unchanged"
        assert len({act.key for act in gateway.acts}) == 1
        assert (await stored(database, appeal.number)).rules.calendar.version == "cn-2026.3"
    finally:
        await database.close()


async def ended(work: Migration, appeal: Appeal, gateway: LocalGateway) -> str:
    return (await work.done(appeal.number, gateway)).result.value


def test_what_is_in_use_is_shown_with_what_replaces_it(data: Path, folder: Path) -> None:
    assert "没有在办诉求" in run(data, "show").stdout
    fill(data, opened(1), opened(2), story(3, "12T10:00", "12T11:00"))
    assert "appeals policy migrate" not in run(data, "show").stdout
    done = run(data, "show", "--directory", folder)
    assert done.exit_code == 0
    for words in (
        "4个工作小时",
        "cn-2026.2",
        "appeal-general",
        "│ 2 ",
        "日历已有新版",
        "appeals policy migrate --as 督办账号 --reason 理由 --dry-run",
    ):
        assert words in done.stdout


def test_an_import_names_the_command_that_moves_open_deadlines(tmp_path: Path) -> None:
    own = tmp_path / "own"
    own.mkdir()
    rows = "".join(f'"2028-{day}": 节日\n      ' for day in ("01-01", "05-01", "10-01", "10-02", "10-03"))
    source = tmp_path / "2028.yaml"
    source.write_text(
        "years:\n  2028:\n    status: announced\n    notice: 国办发明电〔2027〕9号\n"
        f"    workdays: []\n    holidays:\n      {rows}",
        encoding="utf-8",
    )
    runner = CliRunner(env={"COLUMNS": "160", "TERM": "xterm", "NO_COLOR": "1"})
    done = runner.invoke(app, ["calendar", "import", str(source), "--write", "--directory", str(own)])
    assert done.exit_code == 0, done.stderr
    assert (
        f"appeals policy migrate --directory {own} --as 督办账号 --reason '国办发明电〔2027〕9号' --dry-run"
        in done.stdout
    )


# Simulating


def strict(tmp_path: Path, *edits: tuple[str, str]) -> Path:
    path = tmp_path / "policy.yaml"
    shutil.copyfile(CATALOGUE / "policies/default.yaml", path)
    name(path, "strict")
    for old, new in edits:
        edit(path, old, new)
    return path


def simulated(data: Path, tmp_path: Path, *more: object) -> tuple[Result, dict[str, Any], str]:
    out, html = tmp_path / "out.json", tmp_path / "out.html"
    days = ("--from", "2026-10-12", "--to", "2026-10-12")
    done = run(data, "simulate", *days, "--json", out, "--html", html, *more)
    assert done.exit_code == 0, done.stderr
    return done, json.loads(out.read_text(encoding="utf-8")), html.read_text(encoding="utf-8")


def test_a_stricter_policy_shows_what_it_would_have_called_for_beside_what_happened(data: Path, tmp_path: Path) -> None:
    fill(
        data,
        story(1, "12T10:00", "12T11:00"),  # quick by any measure
        story(2, "12T16:00", "12T17:00"),  # within a working day, after four working hours
        story(3, "15T09:00", "15T10:00"),  # late already
    )
    policy = strict(tmp_path, ("accept: 1 working day", "accept: 4 working hours"))
    done, told, html = simulated(data, tmp_path, "--policy", policy)
    assert (told["appeals"], told["policy"], told["calendar"], told["apart_by_own_rules"]) == (3, "strict", None, 0)
    assert told["counts"]["accept"]["breached"] == {"was": 1, "would": 2}
    assert told["differences"] == [
        {
            "number": SENT.format(2),
            "service": "appeal-general",
            "clock": "accept",
            "generation": 1,
            "was": None,
            "would": "breached",
        }
    ]
    assert f"{SENT.format(2)} 受理：无 → 超时" in done.stdout
    assert "实际" in html
    assert "试算" in html
    assert "<svg" in html
    assert not re.search(r"https?:|//|src=|@import|<script", html), "nothing from anywhere else"


def test_another_calendar_gives_more_time(data: Path, folder: Path, tmp_path: Path) -> None:
    fill(data, story(1, "14T09:00", "14T10:00"))
    done, told, _ = simulated(data, tmp_path, "--calendar", folder / "calendars/cn.yaml", "--service", "appeal-general")
    assert (told["calendar"], told["counts"]["accept"]["breached"]) == ("cn-2026.3", {"was": 1, "would": 0})
    assert "1 → 0" in done.stdout
    assert "未计入：" in done.stdout
    assert "leases and early calls" in told["left_out"]
    _, none, html = simulated(data, tmp_path, "--policy", strict(tmp_path), "--service", "non-police")
    assert (none["appeals"], none["differences"]) == (0, [])
    assert "：无。" in html


@pytest.mark.parametrize(
    ("edits", "words"),
    [
        ([("max_rounds: 3", "max_rounds: 3\nfastest: 1 hour")], ["fastest"]),
        ([("max_rounds: 3", "max_rounds: [3")], ["cannot be read"]),
        (
            [
                ("accept: 1 working day", "accept: 0 working days"),
                ("review: 4 working hours", "review: 半天"),
                ("warn_percents: [75, 90]", "warn_percents: [90, 75]"),
                ("catch_all_days: 30", "catch_all_days: -1"),
            ],
            ["accept", "review", "warn_percents", "catch_all_days"],
        ),
    ],
)
def test_a_policy_that_makes_no_sense_is_told_by_its_fields(
    data: Path, tmp_path: Path, edits: list[tuple[str, str]], words: list[str]
) -> None:
    done = run(data, "simulate", "--policy", strict(tmp_path, *edits))
    assert (done.exit_code, [word for word in words if word not in done.stderr]) == (1, []), done.stderr


def test_a_calendar_with_a_hole_or_days_in_the_wrong_order_or_nothing_to_try_is_told(data: Path, folder: Path) -> None:
    own = folder / "calendars/cn.yaml"
    late = run(data, "simulate", "--calendar", own, "--from", "2026-10-02", "--to", "2026-10-01")
    assert (late.exit_code, "--to 早于 --from" in late.stderr) == (1, True)
    edit(own, '      "2026-10-02": 国庆节\n', "")
    hole = run(data, "simulate", "--calendar", own)
    assert (hole.exit_code, "国庆节中间缺少 2026-10-02" in hole.stderr) == (1, True)
    nothing = run(data, "simulate")
    assert (nothing.exit_code, "请给出另一政策或日历" in nothing.stderr) == (1, True)


def test_a_service_that_is_not_there_is_told_with_those_that_are(data: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.json"
    done = run(data, "simulate", "--policy", strict(tmp_path), "--service", "nope", "--json", out)
    assert (done.exit_code, out.exists()) == (1, False)
    assert "没有代码为“nope”的事项" in done.stderr
    assert "appeal-general、" in done.stderr


async def test_the_record_is_read_page_by_page_and_each_appeal_once(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("storage.recorded._PAGE", 2)
    database = Database.create(Settings(data_dir=data).database_url)
    try:
        for nth in range(1, 6):
            await put(database, *opened(nth, MONDAY + timedelta(hours=nth)))
        pages = recorded(database, MONDAY + timedelta(hours=1), MONDAY + timedelta(hours=5), datetime.now(ZONE))
        found = [one.number async for page in pages for one in page]
    finally:
        await database.close()
    assert found == [SENT.format(nth) for nth in range(1, 5)]


def test_the_same_rules_find_what_the_journal_tells() -> None:
    appeal, _ = story(1, "15T09:00", "15T10:00")
    found = Comparison(Others(Policy("same")))
    found.add([Recorded(appeal.number, appeal.rules, tracks(appeal), (), to_wall(MONDAY + timedelta(days=9)))])
    assert (found.appeals, found.apart) == (1, 1), "a journal that tells nothing of it is apart from the replay"


def test_a_step_that_took_its_way_by_itself_is_on_record_as_lapsed() -> None:
    ways = (to("proved", "feedback"), to("not_proved", "revoke"))
    kept = step("rectify", *ways, limits=(Limit("10 working days"),), lapse="not_proved")
    case = stepwise(service(kept, step("revoke", to("ok", "feedback")))).wait(days=30)
    called = [(e.action, e.data) for e in case.entries("rung", "escalate", "lapse")]
    (told,) = [v for v in verdicts(case.appeal, called) if v.name == "step"]
    assert (told.warned, told.level, told.lapsed) == (1, 0, True)
    found = Comparison(Others(case.appeal.rules.policy))
    found.add([Recorded(case.appeal.number, case.appeal.rules, tracks(case.appeal), (told,), to_wall(case.now))])
    assert [one.clock for one in found.differences if one.clock == "step"] == []
