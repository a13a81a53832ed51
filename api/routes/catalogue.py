"""The catalogue of services."""

from __future__ import annotations

from datetime import date
from typing import Any

from fastapi import APIRouter
from starlette.responses import JSONResponse

from api.deps import Ctx, Me
from api.problems import not_found
from api.schemas.document import answers
from domain.calendar import ZONE
from domain.condition_words import in_words
from domain.rules import Rules, Service, Step, StepOutcome
from domain.service import basis_told

router = APIRouter(prefix="/v1/services", tags=["服务事项"])


@router.get(
    "", summary="服务事项列表", description="现行的全部服务事项。", responses=answers("Services", problems=(401, 503))
)
async def list_services(ctx: Ctx, _me: Me) -> dict[str, Any]:
    """Every service that is valid today."""
    return {"items": [summary(service) for service in ctx.catalogue.services(_today(ctx))]}


@router.get(
    "/{code}",
    summary="服务事项",
    description="一个服务事项：表单（JSON Schema）、材料、时限、办理步骤、依据。",
    responses=answers("Service", problems=(401, 404, 503)),
)
async def read_service(ctx: Ctx, _me: Me, code: str) -> JSONResponse:
    """One service in full."""
    service = ctx.catalogue.find(code, _today(ctx))
    if service is None:
        raise not_found("没有这个代码的服务事项", "unknown-service")
    return JSONResponse({**summary(service), **_detail(service, ctx.catalogue.rules_for(code, _today(ctx)))})


def _today(ctx: Ctx) -> date:
    return ctx.now().astimezone(ZONE).date()


def summary(service: Service) -> dict[str, Any]:
    """A service as a line of a list."""
    return {
        "code": service.code,
        "name": service.name,
        "kind": service.kind,
        "version": service.version,
        "valid_from": service.valid_from,
        "valid_until": service.valid_until,
        "lead": service.lead or None,
        "cooperating": list(service.cooperating),
        "automatic": service.automatic,
        "source": service.source,
        "summary": service.summary,
    }


def _detail(service: Service, rules: Rules) -> dict[str, Any]:
    statutory = service.statutory
    return {
        "rules_version": rules.version,
        "policy_version": rules.policy.version,
        "calendar_version": rules.calendar.version,
        "form": service.form,
        "materials": [
            {"code": m.code, "name": m.name, "deferrable": m.deferrable, "licence": m.licence}
            for m in service.materials
        ],
        "limits": {
            "handle": service.handle,
            "handle_urgent": service.handle_urgent,
            "special": service.special or None,
            "statutory": statutory
            and {
                "budget": statutory.budget,
                # That it is not checked yet stands beside it, as data.
                "basis": basis_told(statutory.basis, inside=False),
                "verified": statutory.verified,
            },
        },
        "procedure": _procedure(service),
    }


def _procedure(service: Service) -> dict[str, Any]:
    steps = [
        {
            "code": step.code,
            "name": step.name,
            "roles": [role.value for role in step.roles],
            "by": list(step.by),
            "automatic": step.automatic,
            "limits": [
                {"budget": limit.budget or None, "when": in_words(limit.when, service, step), "basis": limit.basis}
                for limit in step.limits
            ],
            "outcomes": [_outcome(service, step, outcome) for outcome in step.outcomes],
        }
        for step in service.procedure.steps
    ]
    return {"name": service.procedure.name, "steps": steps}


def _outcome(service: Service, step: Step, outcome: StepOutcome) -> dict[str, Any]:
    """One way to end a step; ``next`` is a list where several steps open."""
    return {
        "code": outcome.code,
        "name": outcome.name,
        "next": outcome.next,
        "when": in_words(outcome.when, service, step, outcome.record),
        "record": outcome.record,
    }
