"""Outside bodies that are spoken to by machine: where each of them is, as organisation file and settings say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from domain.people import Place
from domain.vocabulary import Channel
from storage.organisation import Organisation
from storage.yaml_file import BadCatalogue


@dataclass(frozen=True, slots=True)
class Partner:
    """An outside body with an endpoint. ``secret`` is the name of its secret, never the secret."""

    place: Place
    url: str
    secret: str
    private: bool = False
    channel: Channel | None = None

    @property
    def code(self) -> str:
        """Its unit's code."""
        return self.place.code


def partners_of(organisation: Organisation, urls: Mapping[str, str], *, rehearsal: bool = False) -> dict[str, Partner]:
    """Every outside body whose address is known; one in ``urls`` wins over the file's. Raises BadCatalogue.

    In a ``rehearsal`` only those that are there for it: an exercise must not reach the real ones.
    """
    found, faults = {}, []
    for entry in organisation.units():
        code, place = entry.unit.code, organisation.place(entry.unit.code)
        url = urls.get(code) or (entry.endpoint.url if entry.endpoint else "")
        if entry.endpoint is None or place is None or not url or (rehearsal and not entry.endpoint.rehearsal):
            continue
        if not is_address(url):
            faults.append(f"unit {code}: url: give https://host/path, without user or password")
        end = entry.endpoint
        found[code] = Partner(place, url, end.secret, end.private, end.channel)
    if faults:
        raise BadCatalogue(faults)
    return found


def is_address(url: str) -> bool:
    """Whether an event can be sent there: HTTP, a host, and nothing secret in it, because it stands in logs."""
    try:
        parts = urlsplit(url)
        has_host = bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and has_host and "@" not in parts.netloc
