"""A database full of appeals: ``python -m bench.populate COUNT URL``, by the domain, without engine or API.

Some hundred ways through the loop are walked by the domain itself, at moments spread over a year; each is copied under
other numbers. So every state is one that the domain has made, and its clocks ran as they run. What a copy is not: its
journal's chain of hashes is the model's.
"""

from __future__ import annotations

import random
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, Table, insert, text

from domain.act import Act
from domain.appeal import Appeal, Contact, Enterprise, Submission
from domain.calendar import ZONE
from domain.colours import moments
from domain.errors import Refusal
from domain.identity import appeal_number
from domain.journal import Entry
from domain.loop import Decision, decide
from domain.moments import fire
from domain.opening import Opening, begin
from domain.people import Actor, Place
from domain.vocabulary import Action, Channel, Role, Tier
from storage.catalogue import Catalogue
from storage.codec import dump_rules, entry_row
from storage.column_types import Json, dump_json
from storage.database import sync_url
from storage.dossier import raw
from storage.migrate import sync_engine, upgrade
from storage.organisation import Organisation
from storage.rows import appeal_row, escalation_row
from storage.sample import sample_uscc
from storage.tables import appeals, escalations, intake, journal, rules

_DAYS: Final = 365
_MODELS: Final = 600
_BATCH: Final = 500
_ENTERPRISES: Final = 2_000
_UNITS: Final = ("station-a", "station-b", "station-c", "traffic", "economic-crime", "exit-entry")
_SERVICES: Final = ("appeal-general", "appeal-general", "suggestion", "non-police")
#: With steps of their own, which are not walked: they are open, so they are young.
_STEPPED: Final = ("patrol-request", "legal-consult", "temporary-parking", "hazmat-toxic-purchase", "complaint-12389")
_YOUNG: Final = timedelta(days=12)
_TITLES: Final = ("厂区门口违停影响装卸", "厂区周边夜间治安", "货车进城通行", "园区路口信号灯配时", "员工宿舍周边噪声")
#: What is done in turn, by whom, with what, and after how many hours at the median.
_WAY: Final[tuple[tuple[str, str, dict[str, Any], float], ...]] = (
    ("window", "accept", {}, 3),
    ("dispatcher", "assign", {}, 1),
    ("handler", "sign", {}, 1),
    ("handler", "note", {"text": "已联系企业,约定现场查看", "public": True}, 12),
    ("handler", "submit_result", {"outcome": "solved", "text": "已增加巡逻", "evidence": []}, 40),
    ("leader", "review", {"approved": True}, 3),
    ("handler", "send_answer", {"text": "您反映的问题已办理", "method": "phone"}, 2),
    ("enterprise", "rate", {"grade": 5, "comment": "满意"}, 30),
    ("visitor", "record_visit", {"result": "satisfied", "text": "企业确认已解决"}, 100),
)


@dataclass
class Model:
    """One way through the loop, as far as it had gone by now."""

    appeal: Appeal
    entries: list[Entry] = field(default_factory=list)


class Walker:
    """Walks appeals, each by its own chance, but the same again for the same seed."""

    def __init__(self, now: datetime, seed: int = 1) -> None:
        self._now = now
        self._chance = random.Random(seed)  # noqa: S311 - plausible figures, nothing secret
        self._catalogue, self._organisation = Catalogue.load(), Organisation.load()

    def models(self, count: int) -> list[Model]:
        """So many; half of them of the last weeks, when most of what is open came in."""
        ages = [_DAYS * self._chance.random() ** 1.5 for _ in range(count)]
        return [self._walk(self._now - timedelta(days=age)) for age in sorted(ages, reverse=True)]

    def _walk(self, at: datetime) -> Model:
        opening = self._opening(at)
        model = Model(begin(opening).appeal, list(begin(opening).entries))
        unit = opening.submission.lead or self._place(self._chance.choice(_UNITS))
        self._round(model, unit, at)
        return model

    def _round(self, model: Model, unit: Place, at: datetime) -> None:
        slow = self._chance.lognormvariate(0, 0.7)
        for who, action, body, hours in _WAY:
            at += timedelta(hours=hours * slow * self._chance.lognormvariate(0, 0.6))
            if at > self._now or not model.appeal.is_open:
                break
            lead = model.appeal.lead or unit
            self._do(model, at, who, action, {**body, **self._varied(action, lead)}, lead)
        if model.appeal.is_open:
            self._take(model, fire(model.appeal, self._now))

    def _varied(self, action: str, unit: Place) -> dict[str, Any]:
        chance = self._chance.random()
        if action == "assign":
            return {"lead_unit": unit.code}
        if action == "rate":
            return {"grade": 5 if chance < 0.6 else 4 if chance < 0.85 else 3 if chance < 0.93 else 2}
        if action == "submit_result":
            return {"outcome": "solved" if chance < 0.8 else "partly_solved" if chance < 0.9 else "not_solvable"}
        return {}

    def _do(self, model: Model, at: datetime, who: str, action: str, body: dict[str, Any], unit: Place) -> None:
        self._take(model, fire(model.appeal, at))
        actor = self._actor(who, unit, model.appeal)
        key = f"{model.appeal.number}:{model.appeal.seq}"
        act = Act(Action(action), actor, body, key=key, digest=key, salt=key, places={unit.code: unit})
        # Not every way is open to every service: then it stands where it stands.
        with suppress(Refusal):
            self._take(model, decide(model.appeal, act, at))

    def _take(self, model: Model, decision: Decision) -> None:
        model.appeal = decision.appeal
        model.entries += decision.entries

    def _actor(self, who: str, unit: Place, appeal: Appeal) -> Actor:
        said = appeal.submission
        if who == "enterprise":
            return Actor("enterprise", said.enterprise.name, (Role.ENTERPRISE,), uscc=said.enterprise.uscc)
        at = {"handler": unit, "leader": unit.superior() or unit, "visitor": self._place("liaison-a")}
        return Actor(who, f"{who}警官", (Role(who),), unit=at.get(who, said.first_unit))

    def _opening(self, at: datetime) -> Opening:
        chance, young = self._chance, self._now - at < _YOUNG
        service = chance.choice((*_SERVICES, *(_STEPPED if young else ())))
        kept, nth = self._catalogue.rules_for(service), chance.randrange(_ENTERPRISES)
        submission = Submission(
            channel=chance.choice(
                (Channel.WEB, Channel.MOBILE, Channel.WINDOW, Channel.HOTLINE_12345, Channel.LIAISON)
            ),
            enterprise=Enterprise(_uscc(nth), f"宁波示例制造有限公司{nth}", (Tier.KEY,) if nth % 7 == 0 else ()),
            contact=Contact("王经理", "13800001234"),
            region="330205",
            title=chance.choice(_TITLES),
            description="每天早高峰货车进不来,影响发货,请协调解决。" * 3,
            submitter=Actor("enterprise", "示例企业", (Role.ENTERPRISE,), uscc=_uscc(nth)),
            first_unit=self._place("branch"),
            lead=self._organisation.place(kept.service.lead) if kept.service.automatic else None,
            urgent=chance.random() < 0.05,
        )
        return Opening(appeal_number(at, 1), kept, submission, at, "salt")

    def _place(self, code: str) -> Place:
        found = self._organisation.place(code)
        if found is None:
            raise ValueError(code)
        return found


def _uscc(nth: int) -> str:
    return sample_uscc(f"91330205MA2{nth:06d}")


Row = dict[str, Any]


@dataclass(slots=True)
class Rows:
    """A model as rows, values as the driver takes them; ``state`` is text, in which the number can be replaced."""

    number: str
    created_at: datetime
    tables: dict[Table, list[Row]]

    @classmethod
    def of(cls, model: Model) -> Rows:
        """What the worker would have written, and intake before it."""
        appeal = model.appeal
        return cls(
            appeal.number,
            appeal.created_at,
            {
                intake: [_plain(intake, _intake_row(appeal))],
                appeals: [_plain(appeals, appeal_row(appeal, 1, moments(appeal)))],
                journal: [_plain(journal, entry_row(e) | {"sealed": {}}) for e in model.entries],
                escalations: [_plain(escalations, escalation_row(appeal.number, e)) for e in appeal.escalations],
            },
        )

    def copy(self, table: Table, number: str, nth: int) -> Iterator[Row]:
        """Its rows of that table under another number, for the ``nth`` enterprise."""
        for row in self.tables[table]:
            copied = row | {name: row[name].replace(self.number, number) for name in _NAMING if row.get(name)}
            if table is appeals:
                name = f"宁波示例制造有限公司{nth}"
                title = f"{row['title']}({number[-6:].lstrip('0')})"
                copied |= {"enterprise": _uscc(nth), "enterprise_name": name, "title": title}
            yield copied


_NAMING: Final = ("number", "idempotency_key", "entry_id", "id", "state")


def _plain(table: Table, row: Row) -> Row:
    """As the drivers take it: moments as numbers, JSON as text."""
    made = raw(table, row)
    return {n: dump_json(v) if isinstance(table.c[n].type, Json) and v is not None else v for n, v in made.items()}


def fill(url: str, count: int, now: datetime | None = None) -> None:
    """Creates the tables if need be and puts so many appeals into them."""
    upgrade(url)
    models = Walker(now or datetime.now(ZONE)).models(min(_MODELS, count))
    made, chance = [Rows.of(m) for m in models], random.Random(2)  # noqa: S311 - plausible figures, nothing secret
    engine = sync_engine(sync_url(url))
    try:
        with engine.begin() as connection:
            kept = {m.appeal.rules.version: m.appeal.rules for m in models}
            connection.execute(insert(rules), [{"version": v, "body": dump_rules(r)} for v, r in kept.items()])
            for first in range(0, count, _BATCH):
                batch = [
                    (one := made[n % len(made)], appeal_number(one.created_at, n + 1), chance.randrange(_ENTERPRISES))
                    for n in range(first, min(first + _BATCH, count))
                ]
                for table in (intake, appeals, journal, escalations):
                    _put(connection, table, [row for one, number, nth in batch for row in one.copy(table, number, nth)])
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("ANALYZE" if connection.dialect.name == "sqlite" else "VACUUM ANALYZE"))
    finally:
        engine.dispose()


def _put(connection: Connection, table: Table, rows: list[Row]) -> None:
    if not rows:
        return
    names, values = ", ".join(rows[0]), [tuple(row.values()) for row in rows]
    if connection.dialect.name == "sqlite":
        places = ", ".join("?" * len(rows[0]))
        connection.exec_driver_sql(f"INSERT INTO {table.name} ({names}) VALUES ({places})", values)  # noqa: S608 - ours
        return
    driver: Any = connection.connection.driver_connection
    with driver.cursor() as cursor, cursor.copy(f"COPY {table.name} ({names}) FROM STDIN") as copying:
        for value in values:
            copying.write_row(value)


def _intake_row(appeal: Appeal) -> Row:
    return {
        "number": appeal.number,
        "caller": appeal.submission.submitter.id,
        "idempotency_key": appeal.number,
        "digest": "",
        "created_at": appeal.created_at,
        "rules_version": appeal.rules.version,
        "salt": "",
        "body": {},
        "started_at": appeal.created_at,
    }


if __name__ == "__main__":
    begun = time.monotonic()
    fill(sys.argv[2], int(sys.argv[1]))
    print(f"  {sys.argv[1]} appeals in {time.monotonic() - begun:.0f} s", flush=True)
