"""A document's number is given once: two of one kind with the same number could not be told apart by anybody."""

from __future__ import annotations

from api.context import Context
from api.reading import Found
from domain.act import Act, invalid
from domain.loop import decide
from domain.procedure import find
from domain.vocabulary import Action
from storage.numbers import is_given


async def check_number(ctx: Context, found: Found, act: Act) -> None:
    """Refuses a number that another appeal of the service has, and says nothing of that one.

    Raises Invalid; whatever else the appeal refuses comes first. Two in the same moment both pass.
    """
    service = found.appeal.rules.service
    if act.action is not Action.COMPLETE_STEP:
        return
    _, outcome = find(service.procedure, act.body["step"], act.body["outcome"])
    field = outcome.document or (outcome.issues.number if outcome.issues else "")
    number = act.body.get("record", {}).get(field)
    if number is None:
        return
    async with ctx.database.read() as r:
        taken = await is_given(r, service.code, str(number), besides=found.appeal.number)
    if taken:
        decide(found.appeal, act, found.now)
        raise invalid("number-taken", f"/record/{field}", "这个编号已用于本事项的另一份证件，请核对")
