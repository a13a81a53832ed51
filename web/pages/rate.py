"""Rating an answer by the link in its message: two taps. Looking changes nothing, as scanners of mail follow links."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query, Request
from starlette.responses import Response

from api.context import Context
from api.deps import Ctx
from api.problems import Problem, problem_of
from api.rating import Ballot, confirm, follow, rate
from api.reading import full_view
from domain.errors import Refusal
from domain.vocabulary import Action
from gateway.errors import GatewayError
from web.following import GRADES, OUTCOMES, taken_up, thanks
from web.shell import back, page_router, view
from web.visitor import Maybe, Posted

router = page_router()

Grade = Annotated[int | None, Query(ge=1, le=5)]


@router.get("/rate/{token}")
async def ask(request: Request, ctx: Ctx, _me: Maybe, token: str, grade: Grade = None) -> Response:
    """The answer in short, and how it may be rated; with a grade, whether it is meant."""
    return _page(request, ctx, await follow(ctx, request, token), grade=grade)


@router.post("/rate/{token}")
async def press(request: Request, ctx: Ctx, token: str, form: Posted) -> Response:
    """It is meant."""
    ballot = await follow(ctx, request, token)
    grade, comment = grade_of(form.get("grade")), str(form.get("comment", "")).strip()
    if grade is None:
        return back(f"/rate/{token}")
    try:
        await rate(ctx, ballot, grade, comment)
    except (Problem, Refusal, GatewayError) as error:
        # How it stands now says more than the refusal: above all what it was rated before.
        again, problem = await follow(ctx, request, token), problem_of(error)
        detail = "" if again.given else problem.detail
        return _page(request, ctx, again, grade=grade, comment=comment, problem=detail, status=problem.status)
    again = await follow(ctx, request, token)
    return back(f"/rate/{token}", done=thanks(again.found.appeal, grade))


@router.post("/rate/{token}/received")
async def received(request: Request, ctx: Ctx, token: str, _form: Posted) -> Response:
    """The answer has arrived."""
    ballot = await follow(ctx, request, token)
    if ballot.may(Action.CONFIRM_RECEIPT):
        await confirm(ctx, ballot)
    return back(f"/rate/{token}", done="已确认收到答复。")


def grade_of(said: object) -> int | None:
    """A grade that was pressed."""
    return int(said) if isinstance(said, str) and said in {str(one) for one in GRADES} else None


def _page(
    request: Request,
    ctx: Context,
    ballot: Ballot,
    *,
    grade: int | None = None,
    comment: str = "",
    problem: str = "",
    status: int = 200,
) -> Response:
    shown = full_view(ballot.found, ballot.me.actor)
    given = ballot.given
    return view(
        request,
        "rate.html",
        status=status,
        appeal=shown,
        result=shown["result"] if ballot.found.appeal.round == ballot.round else None,
        outcomes=OUTCOMES,
        grades=GRADES,
        grade=grade,
        comment=comment,
        given=given,
        given_words=GRADES[given.grade] if given else "",
        taken_up=taken_up(ballot.found.appeal),
        may_rate=ballot.may(Action.RATE),
        may_confirm=ballot.may(Action.CONFIRM_RECEIPT) and given is None,
        last_round=ballot.round >= ballot.found.appeal.rules.policy.max_rounds,
        problem=problem,
        path=f"/rate/{ballot.token}",
        page=f"/track/{shown['number']}",
        office=ctx.organisation.name,
    )
