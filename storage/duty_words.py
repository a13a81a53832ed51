"""What people read about duty, in Chinese."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from domain.duty import Shift
from domain.duty_coverage import EmptyStep
from domain.duty_holes import Hole
from domain.roster import Source
from domain.vocabulary import Role
from domain.wall import ZONE
from storage.duty_coverage import Coverage, Unreachable
from storage.organisation import Organisation

SOURCES: Final = {Source.ROTATION: "", Source.OVERRIDE: "替班", Source.TEMPORARY: "临时勤务"}
_TARGETS: Final = {
    "on_duty": "本单位值班人员",
    "catch_all": "兜底人员",
    Role.DUTY.value: "值班室",
    Role.LEADER.value: "领导",
    Role.HANDLER.value: "承办民警",
    Role.SUPERVISOR.value: "督办人员",
    Role.VISITOR.value: "回访人员",
    Role.DISPATCHER.value: "交办人员",
    Role.WINDOW.value: "首接人员",
    Role.INSPECTOR.value: "督察人员",
    Role.ADMIN.value: "管理员",
}
_WHY: Final = {"no-channel": "没有登记任何联系渠道，只能在收件箱中看到", "failing": "最近一次通知在所有渠道上都未送达"}


def stand_ins(shift: Shift, names: Mapping[str, str]) -> str:
    """Who is away, and who is there instead."""
    said = ((names.get(s.absent, s.absent), names.get(s.by, s.by) if s.by else "") for s in shift.stand_ins)
    return "、".join(f"{absent}不在岗，{f'由{by}代' if by else '无人代'}" for absent, by in said)


def hole_text(hole: Hole, names: Mapping[str, str]) -> str:
    """Which duty nobody is on, and why."""
    absent = "、".join(names.get(person, person) for person in hole.absent)
    return f"{hole.duty}：{absent}不在岗，且无人代理" if absent else f"{hole.duty}：没有排班"


def empty_text(one: EmptyStep, organisation: Organisation) -> str:
    """Which step would find nobody."""
    targets = "、".join(_TARGETS.get(target, target) for target in one.targets)
    return f"{unit_text(organisation, one.unit)}：{targets}无人可找，升级到这一步时将直接进入下一步"


def unreachable_text(one: Unreachable) -> str:
    """Whom no channel reaches, and why."""
    return f"{one.account.name}：{_WHY[one.why]}"


def ladder_text(service_name: str, ladder: str) -> str:
    """A service whose ladder is not there."""
    return f"{service_name}的升级办法“{ladder}”不存在，将按通常的办法升级"


def coverage_lines(
    found: Coverage, organisation: Organisation, names: Mapping[str, str]
) -> tuple[list[str], list[str]]:
    """What must be mended, and what is only worth knowing."""
    holes = [
        f"{unit_text(organisation, watch.kept.roster.unit)} {_span(hole)} 空岗 {hole_text(hole, names)}"
        for watch in found.watches
        for hole in watch.holes
    ]
    empty = [f"{empty_text(one, organisation)}（{_span(one)}；{_steps(one)}）" for one in found.empty_steps]
    clocks = [ladder_text(service.name, ladder) for service, ladder in found.clocks]
    return [*holes, *empty, *clocks], [unreachable_text(one) for one in found.unreachable]


def unit_text(organisation: Organisation, code: str) -> str:
    """What people call the unit."""
    place = organisation.place(code)
    return place.name if place else code


def _span(one: Hole | EmptyStep) -> str:
    begins, ends = (f"{at.astimezone(ZONE):%Y-%m-%d %H:%M}" for at in (one.starts_at, one.ends_at))
    return f"{begins} 至 {ends}"


def _steps(one: EmptyStep) -> str:
    return "、".join(f"{step.ladder}第{step.number}步" for step in one.steps)
