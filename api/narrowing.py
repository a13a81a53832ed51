"""What figures are made of, as parameters of a list: the appeals behind a figure are asked for in its own words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, Field

from api.context import Context
from api.moments import Moment
from domain.appeal import Appeal
from domain.clock import ClockName
from domain.colours import moments
from domain.vocabulary import Outcome, Stage, Status, Tier
from storage.narrowing import KeptAs, Narrowing
from storage.tally import BITS, Kept, tally

_Text = Annotated[str, Field(max_length=100, pattern=r"^[^\x00]*$")]


class Narrowed(BaseModel):
    """The parameters. Stretches of time are half open: ``*_from`` is in, ``*_before`` is not."""

    open: Annotated[bool | None, Field(description="true 为尚未办结的，false 为已办结的")] = None
    status: Annotated[Status | None, Field(description="状态")] = None
    outcome: Annotated[Outcome | None, Field(description="办结结果")] = None
    urgent: Annotated[bool | None, Field(description="是否紧急")] = None
    region: Annotated[_Text | None, Field(description="行政区划代码")] = None
    tier: Annotated[Tier | Literal["none"] | None, Field(description="企业分层；none 为普通企业")] = None
    under: Annotated[_Text | None, Field(description="由该单位或其下级单位负责")] = None
    unassigned: Annotated[bool | None, Field(description="true 为尚无牵头单位的")] = None
    confidential: Annotated[bool | None, Field(description="是否保密事项")] = None
    created_from: Annotated[Moment | None, Field(description="提交不早于")] = None
    created_before: Annotated[Moment | None, Field(description="提交早于")] = None
    closed_from: Annotated[Moment | None, Field(description="办结不早于")] = None
    closed_before: Annotated[Moment | None, Field(description="办结早于")] = None
    rated_from: Annotated[Moment | None, Field(description="最近一次评价不早于")] = None
    rated_before: Annotated[Moment | None, Field(description="最近一次评价早于")] = None
    due_from: Annotated[Moment | None, Field(description="到期不早于")] = None
    clock: Annotated[ClockName | None, Field(description="有此时限的；与 kept 同用则限于此时限")] = None
    kept: Annotated[
        KeptAs | None,
        Field(description="时限情况：按时、逾期办结、进行中、已超期未办结、已有定论（前列除进行中外各项）"),
    ] = None
    answered: Annotated[bool | None, Field(description="true 为已答复办结的，不含撤回、合并、不予受理")] = None
    solved: Annotated[bool | None, Field(description="true 为结果为已解决且回访满意的")] = None
    satisfied: Annotated[bool | None, Field(description="true 为最近一次评价在3分以上的")] = None
    reopened: Annotated[bool | None, Field(description="true 为重办过的")] = None
    extended: Annotated[bool | None, Field(description="true 为延期过的")] = None
    returned: Annotated[bool | None, Field(description="true 为退回过的")] = None
    left: Annotated[Stage | None, Field(description="曾离开此环节的")] = None
    answered_by: Annotated[
        _Text | None,
        Field(
            description="由该单位答复过的；与 rated_from、rated_before、satisfied 同用，指其答复最近一次所得的评价，"
            "与 reopened 同用，指其答复之后又重办"
        ),
    ] = None
    answered_under: Annotated[_Text | None, Field(description="同上，由该单位或其下级单位答复")] = None


#: Of these an enterprise may ask, too, about its own: all else is how the house judges its work.
FOR_EVERYBODY: Final = frozenset(
    {
        *("open", "status", "urgent", "region", "tier", "created_from", "created_before"),
        *("closed_from", "closed_before", "due_from"),
    }
)


def names_of_figures(asked: Mapping[str, Any]) -> frozenset[str]:
    """What was asked for that only staff may."""
    return frozenset(n for n in Narrowed.model_fields if asked.get(n) is not None) - FOR_EVERYBODY


def units_under(ctx: Context, code: str) -> tuple[str, ...]:
    """The unit and all below it."""
    places = ((e.unit.code, ctx.organisation.place(e.unit.code)) for e in ctx.organisation.units())
    return tuple(own for own, place in places if place and place.is_under(code))


def fits(appeal: Appeal, wanted: Narrowing) -> bool:
    """The conditions of the tables, asked of an appeal that only intake knows: nothing has been done to it yet."""
    said, row, due = appeal.submission, tally(appeal), moments(appeal).due_at
    second = appeal.assignment.second
    answers = {row["answering_unit"], *((second.unit.code,) if second else ())}
    pairs = (
        (wanted.open, appeal.is_open),
        (wanted.status, appeal.status),
        (wanted.outcome, appeal.outcome),
        (wanted.urgent, appeal.urgent),
        (wanted.region, said.region),
        (wanted.unassigned, appeal.lead is None),
        (wanted.confidential, appeal.rules.service.secret),
        *((asked, False) for asked in (wanted.answered, wanted.solved, wanted.satisfied, wanted.reopened)),
        *((asked, False) for asked in (wanted.extended, wanted.returned)),
    )
    never = (
        *(wanted.closed_from, wanted.closed_before, wanted.rated_from, wanted.rated_before),
        *(wanted.left, wanted.answered_by, wanted.answered_under),
    )
    return (
        all(asked is None or asked == has for asked, has in pairs)
        and not any(asked is not None for asked in never)
        and (wanted.tier is None or wanted.tier in (said.enterprise.tiers or ("none",)))
        and (wanted.under is None or bool(answers & {*wanted.under}))
        and (wanted.created_from is None or appeal.created_at >= wanted.created_from)
        and (wanted.created_before is None or appeal.created_at < wanted.created_before)
        and (wanted.due_from is None or (due is not None and due >= wanted.due_from))
        and _has_kept(row, wanted)
    )


def _has_kept(row: Mapping[str, Any], wanted: Narrowing) -> bool:
    if wanted.clock is None and wanted.kept is None:
        return True
    how = [k for k in Kept if wanted.kept in {None, k.value} or (wanted.kept == "judged" and k is not Kept.RUNNING)]
    bits = BITS[wanted.clock] if wanted.clock else -1
    return any(row[f"clocks_{k.value}"] & bits for k in how)
