"""Files that go with an action: kept as soon as they come, and carried on when the rest is refused."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any, Final

from starlette.datastructures import FormData, UploadFile

from api.context import Context
from api.deps import Caller
from api.problems import Problem
from api.uploading import keep_upload
from domain.errors import Fault
from domain.vocabulary import Action

#: Where files go; other lists of things name what there is, or what is missing.
FILES: Final[Mapping[Action, str]] = {
    Action.SUPPLEMENT: "items",
    Action.ADD_INFORMATION: "evidence",
    Action.SUBMIT_RESULT: "evidence",
}
FILE: Final = "_file"
"""Before the pointer of the list: the input for new files."""
KEPT: Final = "_kept"
"""The inputs that carry on what was uploaded before."""
_LONGEST_NAME: Final = 300
_ID: Final = len("att-") + 32


async def uploaded(ctx: Context, me: Caller, where: str, form: FormData, key: str) -> list[dict[str, str]]:
    """The files of the form, kept. Raises a problem that points at their field."""
    files = [file for name, file in form.multi_items() if name == f"{FILE}/{where}" and isinstance(file, UploadFile)]
    made = []
    for n, file in enumerate(one for one in files if one.filename):
        try:
            one_kept, _ = await keep_upload(ctx, me, file, _key(key, n, file))
        except Problem as problem:
            said = f"“{file.filename}”{problem.detail}"
            raise Problem(problem.status, problem.code, said, errors=(Fault(f"/{where}", said),)) from None
        made.append({"name": str(file.filename)[:_LONGEST_NAME], "reference": one_kept.id})
    return made


def _key(key: str, n: int, file: UploadFile) -> str:
    """Of another file that is sent with the same form, another."""
    named = hashlib.sha256(f"{n}:{file.size}:{file.filename}".encode()).hexdigest()
    return f"{key[:150]}:{named}"


def kept(form: FormData) -> list[dict[str, str]]:
    """Files that an earlier attempt has uploaded."""
    said = (str(one) for one in form.getlist(KEPT))
    return [{"name": one[_ID + 1 :] or one, "reference": one[:_ID]} for one in said]


def joined(body: dict[str, Any], where: str, files: Iterable[Mapping[str, str]]) -> dict[str, Any]:
    """The body with files in the list where they go."""
    more = list(files)
    if not (where and more):
        return body
    known = body.get(where)
    return {**body, where: [*(known if isinstance(known, list) else ()), *more]}


def uploads(value: Any) -> list[tuple[str, str]]:
    """Each with what the form carries on."""
    files = [one for one in value if is_upload(one)] if isinstance(value, list) else []
    return [(f"{one['reference']} {one.get('name', '')}", str(one.get("name") or one["reference"])) for one in files]


def is_upload(one: Any) -> bool:
    """Whether an item of a list is a file."""
    return isinstance(one, Mapping) and "reference" in one
