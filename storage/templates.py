"""The templates of documents: HTML files of the catalogue that an office may edit.

They are data, not code: Jinja2's sandbox lets them show what they are given and nothing else, everything they show is
escaped, and a name that they are not given is a mistake, not a blank.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

from jinja2 import ChoiceLoader, FileSystemLoader, StrictUndefined, TemplateError
from jinja2.meta import find_undeclared_variables
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup

from domain.calendar import ZONE
from storage.organisation import CATALOGUE

FOLDER = "documents"
#: What templates are given (docs/documents.md); the last two were the page of verification's, of which an office may
#: still hold a copy.
NAMES = frozenset(
    {"office", "unit", "paper", "appeal", "enterprise", "contact", "verify", "rehearsal", "printed_at"}
    | {"code", "checked_at"}
)


class BadTemplate(Exception):  # noqa: N818 - an answer to whoever wrote it
    """A template that cannot be used; the message names it and what is wrong, not what it was given."""

    code = "bad-template"


class Templates:
    """Those of a catalogue directory; what it does not have, the packaged ones. A changed file holds at once."""

    def __init__(self, directory: Path | None = None) -> None:
        folders = [directory / FOLDER] if directory else []
        self._loader = ChoiceLoader([FileSystemLoader(folder) for folder in (*folders, CATALOGUE / FOLDER)])
        self._environment = ImmutableSandboxedEnvironment(
            loader=self._loader,
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.filters |= {"day": day, "minute": minute, "css": css}

    def render(self, names: Sequence[str], given: Mapping[str, Any]) -> str:
        """The page of the first of these templates that there is. Raises BadTemplate."""
        try:
            return self._environment.select_template([f"{name}.html" for name in names]).render(given)
        except TemplateError as error:
            raise BadTemplate(_flaw(error, f"{names[0]}.html")) from error
        except (ArithmeticError, LookupError, TypeError, ValueError) as error:
            # What a filter says of a value may quote it.
            raise BadTemplate(f"{names[0]}.html: {type(error).__name__}") from error

    def faults(self) -> list[str]:
        """What is wrong with any of them, as far as it shows without a paper: grammar, and names that nobody gives."""
        found = []
        for name in self._environment.list_templates(["html"]):
            try:
                source, _, _ = self._loader.get_source(self._environment, name)
                self._environment.get_template(name)
                unknown = find_undeclared_variables(self._environment.parse(source)) - NAMES
            except TemplateError as error:
                found.append(f"{FOLDER}/{_flaw(error, name)}")
            else:
                found += [f"{FOLDER}/{name}: unknown name {one}" for one in sorted(unknown)]
        return found


def day(value: str | date | datetime | None) -> str:
    """2026年9月1日; a text that is no day as it stands."""
    try:
        found = date.fromisoformat(value[:10]) if isinstance(value, str) else value
    except ValueError:
        return str(value)
    if found is None:
        return ""
    local = found.astimezone(ZONE) if isinstance(found, datetime) else found
    return f"{local.year}年{local.month}月{local.day}日"


def minute(value: datetime | None) -> str:
    """2026年9月1日 12:05."""
    return f"{day(value)} {value.astimezone(ZONE):%H:%M}" if value else ""


def css(value: object) -> Markup:
    """A text inside quotation marks of a style sheet, where HTML's escapes mean nothing."""
    return Markup("".join(c for c in str(value) if c.isprintable() and c not in '"\\<>'))  # noqa: S704 - nothing left


def _flaw(error: TemplateError, name: str) -> str:
    line = getattr(error, "lineno", None)
    where = f"{getattr(error, 'name', None) or name}{f':{line}' if line else ''}"
    return f"{where}: {error.message or type(error).__name__}"
