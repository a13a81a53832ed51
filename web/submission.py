"""The form of a new appeal: what a service asks for, as fields; what was filled in, as the body of API.md."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, BinaryIO, Final

from anyio import to_thread
from starlette.datastructures import FormData, UploadFile

from api.context import Context
from api.deps import Caller
from api.paper_words import CHANNELS
from api.permissions import SUBMIT
from api.problems import Problem
from api.schemas.submission import SUBMISSION
from api.uploading import keep_upload
from domain.attachments import Attachment, State, is_attachment_id
from domain.errors import Fault
from domain.rules import Rules
from domain.schemas import Schema, flag, free
from domain.service import Service
from domain.vocabulary import Channel, Role
from storage.attachments import AttachmentReads
from web.forms import Form, body_of, form_of
from web.tracked import key_of

#: Of these the form itself says everything; a title and a description are asked for nothing.
_BY_FORM: Final = frozenset({"permit", "certificate"})
_AT_WINDOW: Final = (Channel.WINDOW, Channel.HOTLINE_12345, Channel.ALERT_110, Channel.COMPLAINT_12389)
_BY_VISITOR: Final = (Channel.LIAISON, Channel.WHISTLE)
_REMOVE, _ATTACHED, _FILE = "remove", "attached", "file:"
_LONGEST_KEY: Final = 200


def may_submit(me: Caller | None) -> bool:
    """Whether the form is of any use to them."""
    return me is not None and me.only is None and bool(SUBMIT.roles & set(me.actor.roles))


def is_by_form(service: Service) -> bool:
    """Whether its own form says what is wanted."""
    return service.kind in _BY_FORM and bool(service.form.get("properties"))


def schema_of(ctx: Context, me: Caller, rules: Rules) -> Schema:
    """What is to be filled in; where the API knows the answer already, nothing is asked."""
    service, known = rules.service, SUBMISSION["properties"]
    fields: dict[str, Schema] = {}
    needed = ["contact"]
    if Role.ENTERPRISE not in me.actor.roles:
        fields |= {"enterprise": _enterprise(service), "channel": {"title": "来源渠道", "enum": list(_channels(me))}}
        needed += ["enterprise", "channel"]
    if not is_by_form(service):
        fields |= {"title": {**known["title"], "title": "一句话说明什么事"}, "description": known["description"]}
        needed += ["title", "description"]
    if service.form.get("properties"):
        fields["form"] = {**service.form, "title": "事项信息"}
        needed += ["form"] if service.form.get("required") else []
    if is_by_form(service):
        fields["description"] = free("其他需要说明的", 5000)
    fields["contact"] = known["contact"]
    if len(ctx.organisation.regions()) > 1:
        fields["region"] = {**known["region"], "title": "事情发生在哪里"}
        needed.append("region")
    if service.handle_urgent != service.handle:
        fields["urgent"] = flag("情况紧急，请加急办理（请在说明里写清为什么紧急）")
    return {"type": "object", "properties": fields, "required": needed}


def _enterprise(service: Service) -> Schema:
    known = SUBMISSION["properties"]["enterprise"]
    names = {name: known["properties"][name] for name in ("name", "uscc")}
    return {**known, "properties": names, "required": ["name"] if service.anonymous else ["name", "uscc"]}


def _channels(me: Caller) -> Sequence[str]:
    return [c.value for c in (_AT_WINDOW if Role.WINDOW in me.actor.roles else _BY_VISITOR)]


@dataclass(frozen=True, slots=True)
class Filled:
    """What was filled in so far, with what was uploaded: attachments by the material they are for."""

    said: dict[str, Any] = field(default_factory=dict)
    files: tuple[tuple[str, Attachment], ...] = ()
    refused: Mapping[str, str] = field(default_factory=dict)
    """Files that will not do: why, by material."""

    @property
    def materials(self) -> list[dict[str, str]]:
        """The uploads as the body refers to them."""
        return [{"code": code, "reference": one.id} for code, one in self.files]

    @property
    def attached(self) -> tuple[str, ...]:
        """The uploads as a form, and a draft, carry them."""
        return tuple(f"{code}|{one.id}" for code, one in self.files)


async def filled(ctx: Context, me: Caller, schema: Schema, form: FormData) -> Filled:
    """Reads a form; files that came with it are uploaded, and stay so if the form is shown again."""
    removed = str(form.get(_REMOVE, ""))
    carried = [str(one) for one in form.getlist(_ATTACHED) if not removed or not str(one).endswith(removed)]
    known = await attached(ctx, me, carried)
    fresh, refused = await _uploaded(ctx, me, form)
    pairs = [(name, value) for name, value in form.multi_items() if not isinstance(value, UploadFile)]
    files = {(code, one.id): (code, one) for code, one in (*known, *fresh)}
    return Filled(body_of(schema, pairs), tuple(files.values()), refused)


async def attached(ctx: Context, me: Caller, carried: Iterable[str]) -> tuple[tuple[str, Attachment], ...]:
    """The caller's own uploads that a form or a draft carries; those that have gone are left out."""
    pairs = [(code, one) for code, _, one in (text.partition("|") for text in carried) if is_attachment_id(one)]
    if not pairs:
        return ()
    async with ctx.database.read() as r:
        found = await AttachmentReads(r).many({one for _, one in pairs})
    mine = {o.id: o for o in found.values() if o.account == me.account.code and o.state is not State.EXPIRED}
    return tuple((code, mine[one]) for code, one in dict.fromkeys(pairs) if one in mine)


async def _uploaded(ctx: Context, me: Caller, form: FormData) -> tuple[list[tuple[str, Attachment]], dict[str, str]]:
    key, kept, refused = key_of(form)[:_LONGEST_KEY], [], {}
    for name, file in form.multi_items():
        if not isinstance(file, UploadFile):
            continue
        code = name.removeprefix(_FILE)
        try:
            if file.filename and name.startswith(_FILE):
                # Sent twice with one form it is one upload; another file is another.
                digest = await to_thread.run_sync(_digest, file.file)
                kept.append((code, (await keep_upload(ctx, me, file, f"{key}:{digest}"))[0]))
        except Problem as problem:
            refused[code] = f"{file.filename}：{problem.detail}"
        finally:
            await file.close()
    return kept, refused


def _digest(file: BinaryIO) -> str:
    found = hashlib.file_digest(file, "sha256").hexdigest()  # type: ignore[arg-type]
    file.seek(0)
    return found


def body_for(ctx: Context, me: Caller, rules: Rules, what: Filled) -> dict[str, Any]:
    """The body of API.md."""
    said, service = what.said, rules.service
    by_form = is_by_form(service)
    own = {"uscc": me.account.uscc, "name": me.account.name}
    regions = ctx.organisation.regions()
    body = {
        "service": service.code,
        "channel": said.get("channel", Channel.WEB.value),
        "enterprise": own if Role.ENTERPRISE in me.actor.roles else {"uscc": None, **said.get("enterprise", {})},
        "contact": said.get("contact", {}),
        "region": said.get("region") or (regions[0] if len(regions) == 1 else ""),
        "title": said.get("title", service.name if by_form else ""),
        "description": said.get("description") or (f"申请办理：{service.name}" if by_form else ""),
        "form": said.get("form", {}),
        "materials": what.materials,
    }
    return body | ({"urgent": True} if said.get("urgent") is True else {})


def shown(
    ctx: Context, schema: Schema, said: Mapping[str, Any], faults: Iterable[Fault] = (), add: str | None = None
) -> Form:
    """The fields, with what stands in them and what is wrong."""
    channels = schema["properties"].get("channel", {}).get("enum", ())
    options = {
        "/region": [(code, ctx.organisation.region_name(code)) for code in ctx.organisation.regions()],
        "/channel": [(code, CHANNELS[Channel(code)]) for code in channels],
    }
    return form_of(schema, said, faults, options, add=add)


def prefilled(what: Filled, contact: Mapping[str, str] | None, title: str) -> Filled:
    """With the contact of last time and a title, unless something stands there."""
    known = {"contact": dict(contact) if contact else None, "title": title}
    return replace(what, said={**what.said, **{n: one for n, one in known.items() if one and not what.said.get(n)}})
