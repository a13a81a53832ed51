"""The files of a catalogue directory as a running process uses them: read again when somebody has changed them.

What new appeals begin with changes at once and without a restart; running appeals carry their own rules. A change with
a hole in it is not taken: the process goes on with what it had, and says so.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from storage.catalogue import Catalogue
from storage.catalogue_check import check
from storage.organisation import Organisation, part
from storage.routing import Routing
from storage.yaml_file import BadCatalogue

_FOLDERS = ("services", "policies", "calendars", "organisation", "routing")
Stamp = frozenset[tuple[str, int, int]]


@dataclass(frozen=True, slots=True)
class Books:
    """What was read together, and fits together."""

    catalogue: Catalogue
    organisation: Organisation
    routing: Routing


@lru_cache(4)
def _read(directory: Path | None, _stamp: Stamp) -> Books:
    """The books of a directory; those of the same files are read once in a process. Raises BadCatalogue."""
    return Books(Catalogue.load(directory), Organisation.load(directory), Routing.load(directory))


class Shelf:
    """The books in use, and why a change of them was not taken, if it was not."""

    def __init__(self, directory: Path | None = None) -> None:
        """Reads them. Raises BadCatalogue."""
        self._directory = directory
        self._seen = _stamp(directory)
        self.books = _read(directory, self._seen)
        self.faults: tuple[str, ...] = ()

    def look(self) -> bool:
        """Whether files have changed since it last looked. Then they are in use by now, or :attr:`faults` say why not.

        It reads files, and takes a second or two when they have changed: for a thread of its own.
        """
        stamp = _stamp(self._directory)
        if stamp == self._seen:
            return False
        self._seen = stamp
        try:
            self.faults = tuple(check(self._directory))
            if not self.faults:
                self.books = _read(self._directory, stamp)
        except BadCatalogue as error:  # changed again in between
            self.faults = tuple(error.faults)
        return True


def _stamp(directory: Path | None) -> Stamp:
    """Every file with its time and size: what an editor, a copy or a checkout changes."""
    return frozenset(_files(directory))


def _files(directory: Path | None) -> Iterator[tuple[str, int, int]]:
    for name in _FOLDERS:
        for path in part(directory, name).glob("*.yaml"):
            try:
                found = path.stat()
            except FileNotFoundError:  # replaced just now: the next look finds the new one
                continue
            yield str(path), found.st_mtime_ns, found.st_size
