"""What people are told, in Chinese: a small text file of the catalogue for each word that the loop tells.

As with documents they are data: Jinja2's sandbox lets them show what they are given and nothing else. They are given
codes made into words, never what somebody wrote; of a secret matter the number and the limit only. A text that cannot
be made is no reason to tell nobody: then the plain one goes out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

import structlog
from jinja2 import ChoiceLoader, FileSystemLoader, StrictUndefined, TemplateError
from jinja2.meta import find_undeclared_variables
from jinja2.sandbox import ImmutableSandboxedEnvironment

from domain.act import moment_of_text
from domain.budget import BadBudget, parse
from domain.calendar import ZONE
from domain.clock import ClockName
from domain.clock_names import AWAITED
from domain.matrix import CLOCKS_CHINESE
from domain.notice import CALLS
from domain.table import TABLE
from domain.turns import AUDIENCE, ORDER
from domain.vocabulary import Stage
from domain.wording import length, local_minute
from storage.messages import Matter, Message
from storage.organisation import CATALOGUE, Organisation

log = structlog.get_logger(__name__)

FOLDER: Final = "messages"
#: What templates are given (docs/messages.md).
NAMES: Final = frozenset(
    {
        *("matter", "number", "service", "unit", "body", "budget", "again", "closed"),
        *("clock", "kind", "percent", "level", "deadline", "enterprise", "link", "code", "posted"),
    }
)
#: Said when there is nothing better to say.
OTHER: Final = "_other"
REHEARSAL: Final = "【预演】"
PAGES: Final[Mapping[bool, str]] = {True: "track", False: "appeals"}
"""Pages of a matter that links lead to, by whether an enterprise reads it."""
TRACK_CODE: Final = "track_code"
"""The word by which the contact of an appeal is sent the digits to follow it by."""
_WARNING, _USED_UP = "warning", "100"
_ANSWERED: Final = "send_answer"
_TO_ENTERPRISE: Final = ("submit", "visit_announced", "told", TRACK_CODE)
_OTHERS: Final = (
    *("warning", "lapsed", "unroutable", "step", "partner-stopped", "partner-refused"),
    *("ask_cooperation", "answer_cooperation", "refuse_cooperation", ORDER),
)


def page_of(public_url: str | None, number: str, *, to_enterprise: bool) -> str:
    """The address of a matter's page; empty where nobody said at which address people reach us."""
    return f"{public_url}/{PAGES[to_enterprise]}/{number}" if public_url else ""


def words() -> frozenset[str]:
    """Every word that may be told to a person."""
    told = {
        action.value
        for action, transition in TABLE.items()
        if transition.tells or transition.informs or any(m.tells or m.informs for m in transition.moves.values())
    }
    return frozenset({*CALLS, *AUDIENCE, *_TO_ENTERPRISE, *_OTHERS, *told})


@dataclass(frozen=True, slots=True)
class Text:
    """A message as it goes out: a short heading for channels that have one, the words, and where they lead."""

    title: str
    body: str
    link: str = ""

    @property
    def whole(self) -> str:
        """Words and link together."""
        return f"{self.body}\n{self.link}" if self.link else self.body


class Texts:
    """Those of a catalogue directory; what it does not have, the packaged ones. A changed file holds at once."""

    def __init__(
        self,
        directory: Path | None = None,
        organisation: Organisation | None = None,
        *,
        public_url: str | None = None,
        rehearsal: bool = False,
        token: Callable[[str, str, datetime], str] | None = None,
        rating: Callable[[str, str, datetime], str] | None = None,
        digits: Callable[[str, datetime], str] | None = None,
    ) -> None:
        """``organisation`` has the names of units; without ``public_url`` there are no links.

        What only goes out, and is shown nowhere, is made at the message's moment: ``token`` signs an escalation and an
        account, for the link by which that account takes it with one tap; ``rating`` a number and the entry of an
        answer, for the link by which that is rated; ``digits`` are those by which a number's contact follows it.
        """
        folders = [directory / FOLDER] if directory else []
        self._loader = ChoiceLoader([FileSystemLoader(folder) for folder in (*folders, CATALOGUE / FOLDER)])
        self._environment = ImmutableSandboxedEnvironment(
            loader=self._loader, undefined=StrictUndefined, autoescape=False
        )
        self._organisation = organisation
        self._public_url = public_url or ""
        self._token = token
        self._rating = rating
        self._digits = digits
        self._mark = REHEARSAL if rehearsal else ""

    def of(self, message: Message, matter: Matter | None) -> Text:
        """What the message says; without ``matter`` as little as of a secret one."""
        given = self._given(message, matter)
        return Text(
            title=f"{self._mark}{_heading(message)}诉求{message.number}",
            body=self._mark + self._words(message.template, given),
            link=self._link(message),
        )

    def test(self) -> Text:
        """For whoever wants to see whether messages arrive."""
        return Text(f"{self._mark}测试消息", f"{self._mark}这是一条测试消息，无需处理。")

    def faults(self) -> list[str]:
        """Words without a text, texts without a word, and what is wrong with any of them as far as it shows."""
        wanted = {f"{word}.txt" for word in (*words(), OTHER)}
        there = set(self._environment.list_templates(["txt"]))
        found = [f"{FOLDER}/{name}: missing" for name in sorted(wanted - there)]
        found += [f"{FOLDER}/{name}: nothing is told by this word" for name in sorted(there - wanted)]
        return found + [fault for name in sorted(there & wanted) for fault in self._flaws(name)]

    def _flaws(self, name: str) -> Iterator[str]:
        try:
            source, _, _ = self._loader.get_source(self._environment, name)
            self._environment.get_template(name)
            unknown = find_undeclared_variables(self._environment.parse(source)) - NAMES
        except TemplateError as error:
            yield f"{FOLDER}/{name}: {error.message or type(error).__name__}"
        else:
            yield from (f"{FOLDER}/{name}: unknown name {one}" for one in sorted(unknown))

    def _words(self, template: str, given: Mapping[str, Any]) -> str:
        for name in (template, OTHER):
            try:
                return " ".join(self._environment.get_template(f"{name}.txt").render(given).split())
            except (TemplateError, ArithmeticError, LookupError, TypeError, ValueError) as error:
                # What it says may quote what it was given.
                log.error("message_text_failed", template=name, error=type(error).__name__)  # noqa: TRY400
        return str(given["matter"])

    def _given(self, message: Message, matter: Matter | None) -> dict[str, Any]:
        data = message.data
        secret = matter is None or matter.secret
        service = "" if secret or matter is None else matter.service
        rung = str(data.get("rung", ""))
        return {
            "number": message.number,
            "service": service,
            "matter": f"诉求{message.number}（{service}）" if service else f"诉求{message.number}",
            "unit": "" if secret else self._unit(_unit(message)),
            "body": "" if secret else self._unit(str(data.get("body", ""))),
            "budget": _budget(data.get("budget")),
            # What is told of a stage names it; what is told of a round's end, only where that led.
            "again": data.get("stage") == Stage.ASSIGN.value,
            "closed": data.get("stage") == Stage.CLOSED.value,
            "clock": _clock(data, None if secret or matter is None else matter.steps),
            "kind": str(data.get("clock", "")),
            "percent": rung if rung.isdecimal() else "",
            "level": data.get("level") or "",
            "deadline": _moment(_deadline(data)),
            "enterprise": message.to_enterprise,
            "posted": bool(data.get("posted")),
            "link": bool(self._link(message)),
            "code": self._code(message),
        }

    def _unit(self, code: str) -> str:
        entry = self._organisation.entry(code) if self._organisation else None
        return entry.unit.name if entry else ""

    def _link(self, message: Message) -> str:
        if not self._public_url:
            return ""
        if self._token and message.escalation and message.account:
            # Sent again it is the same again: a gateway knows a message by its key, and may hold us to its text.
            token = self._token(message.escalation, message.account, message.created_at)
            return f"{self._public_url}/escalations/{token}"
        if self._rating and _asks_to_rate(message):
            token = self._rating(message.number, message.notice.split(":")[1], message.created_at)
            return f"{self._public_url}/rate/{token}"
        return page_of(self._public_url, message.number, to_enterprise=message.to_enterprise)

    def _code(self, message: Message) -> str:
        if self._digits is None or message.template != TRACK_CODE:
            return ""
        return self._digits(message.number, message.created_at)


def _asks_to_rate(message: Message) -> bool:
    """Whether it says that there is an answer to rate; its notice is named by number and entry."""
    is_reminder = message.template == _WARNING and message.data.get("clock") == ClockName.RATING.value
    return message.to_enterprise and (message.template == _ANSWERED or is_reminder)


def _heading(message: Message) -> str:
    """By which a person tells what must be done at once from what is good to know."""
    if message.template in CALLS:
        return "【升级督办】"
    if message.template == ORDER:
        return "【督办】"
    if message.template != _WARNING:
        return ""
    return "【提醒】" if message.to_enterprise else "【预警】"


def _deadline(data: Mapping[str, Any]) -> object:
    """When the time is used up. What is due of a rung is the rung itself, and the deadline only of the last."""
    return data.get("deadline") or (data.get("due_at") if data.get("rung", _USED_UP) == _USED_UP else None)


def _unit(message: Message) -> str:
    """Which unit answers for the limit: a call says so, as it may be told in another; never the one of the moment.

    Sent again a message says what it said before.
    """
    told_there = "" if message.template in CALLS else message.unit
    return str(message.data.get("unit") or told_there or "")


def _moment(at: object) -> str:
    """A deadline as people read it: midnight ends a day, and is not said as the day that begins."""
    if not at:
        return ""
    there = moment_of_text(str(at)).astimezone(ZONE)
    if there.hour or there.minute:
        return local_minute(there).chinese
    return f"{local_minute(there - timedelta(days=1)).chinese}24:00"


def _budget(text: object) -> str:
    try:
        return length(parse(str(text))).chinese if text else ""
    except BadBudget:
        return ""


def _clock(data: Mapping[str, Any], steps: Mapping[str, str] | None) -> str:
    """The clock by its name; a step's by the step's own, as there may be several. Of a secret matter by that alone."""
    name, step = data.get("clock"), (steps or {}).get(str(data.get("subject", "")))
    if name == ClockName.STEP.value and step:
        return f"“{step}”步骤"
    if steps is not None and data.get("awaits") in AWAITED:
        return AWAITED[data["awaits"]]
    known = {clock.value for clock in ClockName}
    return CLOCKS_CHINESE[ClockName(name)] if name in known else ""
