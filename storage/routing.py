"""The routing tables of a catalogue directory, each in its versions."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from pathlib import Path

from domain.routing import RoutingTable
from storage.organisation import CATALOGUE
from storage.yaml_file import BadCatalogue, read_file

#: Folders that the rows speak of: where a directory has its own, the packaged rows would speak of another one's.
_SPOKEN_OF = ("services", "organisation")


class Routing:
    """交办规则, read once and kept."""

    def __init__(self, tables: Iterable[RoutingTable]) -> None:
        self.tables = tuple(sorted(tables, key=lambda t: (t.code, t.valid_from, t.version)))

    @classmethod
    def load(cls, directory: Path | None = None) -> Routing:
        """The tables of a catalogue directory; the packaged ones go with packaged services and units only.

        Without any, services go to their own lead, and the others to the dispatcher. Raises BadCatalogue.
        """
        faults: list[str] = []
        tables = []
        for path in sorted(_folder(directory).glob("*.yaml")):
            try:
                tables.append(read_file(path, RoutingTable))
            except BadCatalogue as error:
                faults += error.faults
        if faults:
            raise BadCatalogue(faults)
        return cls(tables)

    def on(self, day: date) -> tuple[RoutingTable, ...]:
        """The tables valid on that day, in the order in which they are asked."""
        text = day.isoformat()
        begun = [t for t in self.tables if t.valid_from <= text]
        return tuple({t.code: t for t in begun if not t.valid_until or text <= t.valid_until}.values())


def _folder(directory: Path | None) -> Path:
    own = directory / "routing" if directory else CATALOGUE / "routing"
    foreign = directory is not None and any((directory / name).is_dir() for name in _SPOKEN_OF)
    return own if own.is_dir() or foreign else CATALOGUE / "routing"
