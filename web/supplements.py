"""补正: what an enterprise brings for what it was asked, as its form holds it and as it came, item by item."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from starlette.datastructures import FormData, UploadFile

from api.context import Context
from api.deps import Caller
from api.uploading import keep_upload
from domain.attachments import is_attachment_id
from domain.service import Service

View = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Owed:
    """A material to be supplied, with what was written about it and uploaded for it so far."""

    name: str
    words: str = ""
    files: tuple[tuple[str, str], ...] = ()
    """What the form carries on, and the name."""


def owed(names: Sequence[str], items: Iterable[Any] = (), typed: Mapping[str, Any] | None = None) -> list[Owed]:
    """Each that was asked for, and a place for something besides; with what was filled in: its items, and its words."""
    uploads = [one for one in items if isinstance(one, Mapping) and is_attachment_id(str(one.get("reference")))]
    found = []
    for n, name in enumerate((*names, "")):
        mine = [one for one in uploads if one["code"] == name or (not name and one["code"] not in names)]
        files = tuple((f"{one['reference']} {_name_of(one)}", _name_of(one)) for one in mine)
        found.append(Owed(name, str((typed or {}).get(f"words:{n}", "")), files))
    return found


def _name_of(item: View) -> str:
    return str(item.get("name") or item["code"])


async def supplied(
    ctx: Context, me: Caller, form: FormData, asked: Sequence[str], key: str
) -> AsyncIterator[dict[str, str] | str]:
    """Materials as the form has them: files and words for each that was asked for, and something besides."""
    for n, name in enumerate((*asked, "")):
        for one in form.getlist(f"kept:{n}"):
            reference, _, called = str(one).partition(" ")
            yield {"code": name or called or reference, "reference": reference}
        for nth, file in enumerate(form.getlist(f"file:{n}")):
            if isinstance(file, UploadFile) and file.filename:
                kept, _ = await keep_upload(ctx, me, file, f"{key}:{n}:{nth}")
                await file.close()
                yield {"code": name or kept.name, "reference": kept.id}
        if words := str(form.get(f"words:{n}", "")).strip():
            yield {"code": name, "reference": words} if name else words


def lacking(names: Sequence[str], items: Sequence[Any]) -> tuple[str, ...]:
    """Of what was asked for, with its place in the list, what does not come; nothing where nothing comes at all."""
    brought = {one["code"] for one in items if isinstance(one, Mapping)}
    missing = ((n, name) for n, name in enumerate(names, start=1) if name not in brought)
    return tuple(f"第{n}项“{name}”" for n, name in missing) if items else ()


@dataclass(frozen=True, slots=True)
class Item:
    """Something that was asked for, and in words what came of it; something that came besides has no name."""

    name: str
    is_there: bool = False
    came: tuple[str, ...] = field(default_factory=tuple)


def item_by_item(request: View, service: Service) -> list[Item]:
    """What was asked for in a request of the appeal's view, each with what was supplied of it, and what came besides.

    Whoever may not read the words reads none.
    """
    asked, came = request["items"], request["supplied"]
    if not (isinstance(asked, list) and isinstance(came, list)):
        return []
    same = {word: {m.code, m.name} for m in service.materials for word in (m.code, m.name)}
    left, found = list(came), []
    for one in asked:
        words = {word for said in _words_for(one) for word in (said, *same.get(said, ()))}
        mine = [each for each in left if words.intersection(_words_for(each))]
        left = [each for each in left if each not in mine]
        found.append(
            Item(_called(one, service), bool(mine), tuple(filter(None, (_said(each, words) for each in mine))))
        )
    besides = tuple(filter(None, (_said(each, set()) for each in left)))
    return [*found, *([Item("", is_there=True, came=besides)] if besides else [])]


def _words_for(item: Any) -> Iterator[str]:
    """By which words an item is known."""
    if isinstance(item, Mapping):
        # The name of an upload is the file's own.
        names = ("code",) if is_attachment_id(item.get("reference")) else ("code", "name")
        yield from (str(item[name]) for name in names if item.get(name))
    else:
        yield str(item)


def _called(item: Any, service: Service) -> str:
    names = {m.code: m.name for m in service.materials}
    said = str(item.get("name") or item.get("code") or "") if isinstance(item, Mapping) else str(item)
    return names.get(said, said)


def _said(item: Any, known: set[str]) -> str:
    """What came, in words: a file's name, or what was written; nothing where that says no more than the item itself."""
    if not isinstance(item, Mapping):
        return "" if str(item) in known else str(item)
    reference = str(item.get("reference") or "")
    said = str(item.get("name") or "") if is_attachment_id(reference) else reference
    return said or ("" if known.intersection(_words_for(item)) else "、".join(_words_for(item)))
