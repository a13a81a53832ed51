"""交办规则: decision tables of which the first row that fits says where a matter goes.

What was decided (:class:`Routed`) carries its table, version, row and the facts that hit it, in words: the explanation
must stay true when the table is another one. A condition that a row does not have holds for everything.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from domain.people import Person, Place
from domain.rules import Service
from domain.vocabulary import Channel, Tier

#: Units that a row names by what they are to the matter: whoever received it first, and the station of the place.
FIRST_CONTACT, TERRITORY = "@first-contact", "@territory"
BY_RELATION = frozenset({FIRST_CONTACT, TERRITORY})
ORDINARY = "ordinary"
"""The tier of an enterprise that has none."""
FORM = "form."

Value = str | bool | int
Conditions = Mapping[str, frozenset[Value]]


@dataclass(frozen=True, slots=True)
class When:
    """What a row asks for: of each list any value will do. ``first_units``: at or below one of them."""

    services: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    tiers: tuple[str, ...] = ()
    channels: tuple[Channel, ...] = ()
    first_units: tuple[str, ...] = ()
    urgent: bool | None = None
    form: dict[str, tuple[Value, ...]] = field(default_factory=dict)

    def conditions(self) -> Conditions:
        """The values allowed, by the name of the fact; no entry for what may be anything."""
        urgent: tuple[Value, ...] = () if self.urgent is None else (self.urgent,)
        allowed: dict[str, tuple[Value, ...]] = {
            "service": self.services,
            "region": self.regions,
            "tier": self.tiers,
            "channel": self.channels,
            "first_unit": self.first_units,
            "urgent": urgent,
            **{f"{FORM}{name}": values for name, values in self.form.items()},
        }
        return {name: frozenset(values) for name, values in allowed.items() if values}


@dataclass(frozen=True, slots=True)
class Row:
    """One line: ``lead`` alone, with ``second`` (一警双派: both sign, both report), or the dispatcher decides."""

    code: str
    why: str
    when: When = field(default_factory=When)
    lead: str = ""
    second: str = ""
    cooperating: tuple[str, ...] = ()
    dispatcher: bool = False


@dataclass(frozen=True, slots=True)
class RoutingTable:
    """交办规则表 in one version; of two tables the one whose code comes first is asked first."""

    code: str
    name: str
    version: str
    valid_from: str
    rows: tuple[Row, ...]
    valid_until: str | None = None


@dataclass(frozen=True, slots=True)
class Matter:
    """What the rows look at. ``territory`` is the station of the place, None where there is none.

    ``against`` are the codes complained of: a matter goes to none of them.
    """

    service: Service
    region: str
    channel: Channel
    urgent: bool
    tiers: tuple[Tier, ...]
    first_unit: Place
    territory: Place | None
    form: Mapping[str, Any]
    against: frozenset[str] = frozenset()

    def values(self, name: str) -> frozenset[Value]:
        """What the matter says to the condition of that name; nothing where its form is silent."""
        if name.startswith(FORM):
            said = self.form.get(name.removeprefix(FORM))
            return frozenset(v for v in (said if isinstance(said, list) else [said]) if isinstance(v, Value))
        known: dict[str, frozenset[Value]] = {
            "service": frozenset({self.service.code}),
            "region": frozenset({self.region}),
            "tier": frozenset(self.tiers) or frozenset({ORDINARY}),
            "channel": frozenset({self.channel}),
            "first_unit": frozenset(unit.code for unit in self.first_unit.chain),
            "urgent": frozenset({self.urgent}),
        }
        return known[name]


class By(StrEnum):
    """Who said where it goes: a row, the service itself, or nobody, so that the catch-all has it."""

    TABLE = "table"
    SERVICE = "service"
    CATCH_ALL = "catch_all"


@dataclass(frozen=True, slots=True)
class Fact:
    """A fact that made a row fit: its name, what it was, and the whole in Chinese."""

    name: str
    value: str
    text: str


@dataclass(frozen=True, slots=True)
class Routed:
    """Where a matter goes, and why. Without a lead, a dispatcher decides; or the named person does (``catch_all``)."""

    by: By
    lead: Place | None = None
    second: Place | None = None
    cooperating: tuple[Place, ...] = ()
    catch_all: Person | None = None
    table: str = ""
    version: str = ""
    row: str = ""
    why: str = ""
    facts: tuple[Fact, ...] = ()

    def as_data(self) -> dict[str, Any]:
        """As the journal keeps it."""
        return {
            "by": self.by.value,
            "table": self.table,
            "version": self.version,
            "row": self.row,
            "why": self.why,
            "facts": [{"name": f.name, "value": f.value, "text": f.text} for f in self.facts],
            "catch_all": self.catch_all.id if self.catch_all else None,
            "catch_all_name": self.catch_all.name if self.catch_all else None,
        }


def route(
    tables: Sequence[RoutingTable],
    matter: Matter,
    place_of: Callable[[str], Place | None],
    catch_all: Person | None,
) -> Routed:
    """The first row of the first table that fits; else the service's own lead; else the catch-all, never nowhere.

    Nor to whoever is complained of: then the catch-all decides, too.
    """
    for table in tables:
        row = next((row for row in table.rows if _fits(row, matter)), None)
        if row:
            return _spared(_by_row(table, row, matter, place_of, catch_all), matter, catch_all)
    return _spared(_by_service(matter.service, place_of, catch_all), matter, catch_all)


def _spared(routed: Routed, matter: Matter, catch_all: Person | None) -> Routed:
    """Without the units complained of."""

    def free(place: Place) -> bool:
        return not place.is_under(*matter.against)

    second = routed.second if routed.second and free(routed.second) else None
    spared = replace(routed, second=second, cooperating=tuple(filter(free, routed.cooperating)))
    if routed.lead is None or free(routed.lead):
        return spared
    why = f"“{routed.lead.name}”被投诉,须回避"
    return replace(spared, by=By.CATCH_ALL, lead=None, second=None, cooperating=(), catch_all=catch_all, why=why)


def _by_service(service: Service, place_of: Callable[[str], Place | None], catch_all: Person | None) -> Routed:
    lead = place_of(service.lead) if service.lead else None
    if lead is None:
        return Routed(By.CATCH_ALL, catch_all=catch_all, why="交办规则和服务事项均未指明承办单位")
    return Routed(By.SERVICE, lead, cooperating=_places(service.cooperating, place_of), why="服务事项的牵头单位")


def _fits(row: Row, matter: Matter) -> bool:
    return all(allowed & matter.values(name) for name, allowed in row.when.conditions().items())


def _by_row(
    table: RoutingTable,
    row: Row,
    matter: Matter,
    place_of: Callable[[str], Place | None],
    catch_all: Person | None,
) -> Routed:
    by_relation = {FIRST_CONTACT: matter.first_unit, TERRITORY: matter.territory}

    def named(code: str) -> Place | None:
        return by_relation[code] if code in by_relation else place_of(code)

    lead, second = named(row.lead) if row.lead else None, named(row.second) if row.second else None
    # A row that names a unit which is not there must not leave the matter with nobody.
    lost = lead is None and not row.dispatcher
    return Routed(
        By.CATCH_ALL if lost else By.TABLE,
        lead,
        second=second if lead and second and second.code != lead.code else None,
        cooperating=_places(row.cooperating, named),
        catch_all=catch_all if lost else None,
        table=table.code,
        version=table.version,
        row=row.code,
        why=row.why,
        facts=tuple(_fact(name, hit & matter.values(name), matter) for name, hit in row.when.conditions().items()),
    )


def _places(codes: Sequence[str], place_of: Callable[[str], Place | None]) -> tuple[Place, ...]:
    return tuple(place for code in codes if (place := place_of(code)))


_NAMES = {
    "service": "服务事项",
    "region": "行政区划",
    "tier": "企业分层",
    "channel": "渠道",
    "first_unit": "首接单位",
    "urgent": "紧急程度",
}
#: Tiers and channels as people call them.
WORDS: Mapping[str, str] = {
    ORDINARY: "普通企业",
    Tier.SCALED: "规上企业",
    Tier.KEY: "重点企业",
    Tier.PUBLIC: "上市企业",
    Tier.PROJECT: "重点项目企业",
    Channel.WEB: "网站",
    Channel.MOBILE: "移动端",
    Channel.WINDOW: "窗口",
    Channel.ALERT_110: "110报警",
    Channel.COMPLAINT_12389: "12389投诉举报",
    Channel.HOTLINE_12345: "12345热线",
    Channel.LIAISON: "助企联络",
    Channel.WHISTLE: "企业吹哨",
    Channel.SYSTEM: "业务系统",
}


def _fact(name: str, hit: frozenset[Value], matter: Matter) -> Fact:
    values = sorted(map(str, hit))
    if name.startswith(FORM):
        field_name = name.removeprefix(FORM)
        title = matter.service.form.get("properties", {}).get(field_name, {}).get("title", field_name)
        return Fact(name, ",".join(values), f"{title}为“{'、'.join(map(_spoken, values))}”")
    return Fact(name, ",".join(values), f"{_NAMES[name]}为“{'、'.join(_word(name, v, matter) for v in values)}”")


def _word(name: str, value: str, matter: Matter) -> str:
    if name == "service":
        return matter.service.name
    if name == "first_unit":
        return next(unit.name for unit in matter.first_unit.chain if unit.code == value)
    if name == "urgent":
        return "紧急" if matter.urgent else "一般"
    return WORDS.get(value, value)


def _spoken(value: str) -> str:
    return {"True": "是", "False": "否"}.get(value, value)
