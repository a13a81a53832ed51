"""A service as a person would read it: its sections in Chinese, for the terminal and for a page."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from domain.budget import parse
from domain.condition_words import in_words
from domain.diagram import Notes
from domain.papers import facts_told, spoken
from domain.procedure import END
from domain.service import (
    COOPERATING,
    ENTERPRISE,
    FIRST,
    LEAD,
    SECOND,
    SUPERIOR,
    SYSTEM,
    Limit,
    Material,
    Service,
    Step,
    StepOutcome,
    basis_told,
)
from domain.vocabulary import Outcome
from domain.who import ROLES
from domain.wording import length
from storage.organisation import Organisation

_BY = {
    LEAD: "牵头单位",
    SECOND: "第二牵头单位",
    SUPERIOR: "上级单位",
    FIRST: "首接单位",
    COOPERATING: "配合单位",
    ENTERPRISE: "企业",
    SYSTEM: "外部事件",
}
_RESULTS = {
    Outcome.SOLVED: "已解决",
    Outcome.PARTLY_SOLVED: "部分解决",
    Outcome.NOT_SOLVABLE: "不予办理",
    Outcome.NOT_OURS: "非本单位职责",
}
_CLOCKS = {
    "special": "按特殊情形时限",
    "incomplete": "一次性告知，时限暂停",
    "inspected": "勘验完成",
    "begun": "承诺时限开始计算",
    "issued": "承诺时限办结，后续按各步骤时限",
    "transferred": "流转外单位",
}

_NEVER_NEGATIVE = re.compile(r"accounts\.\w+ >= 0")

Section = tuple[str, list[tuple[str, str]]]
"""A heading, and its lines: a label and what it says."""


@dataclass(frozen=True, slots=True)
class Reader:
    """Tells a service by the names of an organisation's units."""

    service: Service
    organisation: Organisation

    def sections(self) -> Iterator[Section]:
        """Everything that a service says, in the order in which one would ask."""
        yield "事项", list(self._head())
        yield "时限", list(self._limits())
        yield "申请表", list(self._form())
        yield "材料", [(m.name, self._material(m)) for m in self.service.materials]
        for step in self.service.procedure.steps:
            yield f"步骤 {step.name}（{step.code}）", list(self._step(step))

    def notes(self) -> Notes:
        """Who does each step, and by when."""
        return {step.code: self._note(step) for step in self.service.procedure.steps}

    def _note(self, step: Step) -> str:
        limits = "/".join(dict.fromkeys(self._budget(limit) for limit in step.limits))
        return " · ".join(filter(None, (self._who(step), limits)))

    def _unit(self, code: str) -> str:
        place = self.organisation.place(code)
        return place.name if place else code

    def _head(self) -> Iterator[tuple[str, str]]:
        service = self.service
        yield "名称", f"{service.name}（{service.code}，第{service.version}版）"
        yield "施行", f"{service.valid_from} 起" + (f"至 {service.valid_until}" if service.valid_until else "")
        if service.summary:
            yield "说明", service.summary
        yield "牵头", self._unit(service.lead) if service.lead else "按交办规则"
        if service.cooperating:
            yield "配合", "、".join(map(self._unit, service.cooperating))
        yield "依据", service.source
        if service.secret:
            yield "保密", "仅办理单位可见；提交人可见受理与结果"
        if service.tracks:
            yield "分线", "、".join(track.name for track in service.tracks) + "，互不可见"
        if service.accounts:
            names = "、".join(account.name for account in service.accounts)
            # Sums are never negative: where one must not be, nothing is asked.
            asks = service.balance and not _NEVER_NEGATIVE.fullmatch(service.balance)
            yield "款项", names + (f"；办结须{in_words(service.balance, service)}" if asks else "")

    def _limits(self) -> Iterator[tuple[str, str]]:
        service = self.service
        yield "承诺时限", _time(service.handle)
        if service.handle_urgent != service.handle:
            yield "紧急时", _time(service.handle_urgent)
        if service.special:
            yield "特殊情形", _time(service.special)
        if service.waits:
            waited, when = service.step(service.waits.step), in_words(service.waits.when, service)
            event = f"自“{waited.name if waited else service.waits.step}”完成起"
            yield "起算", f"{event}（{when}）" if when else event
        if service.statutory:
            yield "法定时限", f"{_time(service.statutory.budget)}；{basis_told(service.statutory.basis, inside=True)}"

    def _form(self) -> Iterator[tuple[str, str]]:
        required = self.service.form.get("required", [])
        for name, shape in self.service.form.get("properties", {}).items():
            told = "".join(f"；例：{spoken(example)}" for example in shape.get("examples", ())[:1])
            yield f"{shape.get('title', name)}（{name}）", ("必填" if name in required else "选填") + told

    @staticmethod
    def _material(material: Material) -> str:
        return "调取电子证照，免提交" if material.licence else "可容缺" if material.deferrable else "必备"

    def _step(self, step: Step) -> Iterator[tuple[str, str]]:
        yield "办理", self._who(step)
        for limit in step.limits:
            yield "时限", self._limit(step, limit)
        if step.join:
            yield "汇合", "通向本步骤的各路都办完后才开始"
        if step.items:
            yield "分项", f"每{step.items.unit}一项：{'、'.join(step.items.results.values())}"
        for outcome in step.outcomes:
            yield f"结论 {outcome.name}", self._outcome(step, outcome)

    def _who(self, step: Step) -> str:
        if step.automatic:
            return "系统自动"
        units = "、".join(_BY.get(name) or self._unit(name) for name in step.by)
        roles = "、".join(ROLES[role] for role in step.roles)
        return f"{units}{'（各自）' if step.each else ''}：{roles}"

    def _budget(self, limit: Limit) -> str:
        until = in_words(limit.until, self.service)
        return f"至{until}" if until else _time(limit.budget)

    def _limit(self, step: Step, limit: Limit) -> str:
        when = in_words(limit.when, self.service, step)
        lapsed = next((o.name for o in step.outcomes if o.code == step.lapse), "")
        parts = (
            self._budget(limit),
            f"当{when}" if when else "",
            basis_told(limit.basis, inside=True),
            "待核实" if limit.basis and not limit.verified else "",
            f"逾期自动“{lapsed}”" if lapsed else "",
        )
        return "；".join(filter(None, parts))

    def _limit_name(self, code: str) -> str:
        step = self.service.step(code)
        return f"“{step.name}”时限" if step else _LIMITS.get(code, code)

    def _outcome(self, step: Step, outcome: StepOutcome) -> str:
        names = {s.code: s.name for s in self.service.procedure.steps} | {END: "反馈"}
        when = in_words(outcome.when, self.service, step, outcome.record)
        fields = [str(shape.get("title", name)) for name, shape in outcome.record.get("properties", {}).items()]
        parts = (
            "→ " + "、".join(names.get(code, code) for code in outcome.nexts),
            f"须{when}" if when else "",
            f"记录：{'、'.join(fields)}" if fields else "",
            f"结果：{_RESULTS.get(outcome.result, outcome.result)}" if outcome.result else "",
            f"制发：{outcome.issues.name}" if outcome.issues else "",
            "收回证件" if outcome.revokes else "",
            f"告知企业：“{self._told(step, outcome)}”" if outcome.tells else "",
            "、".join(f"{self._limit_name(more.of)}延长{_time(more.budget)}" for more in outcome.extends),
            f"移送{self._unit(outcome.transfer)}" if outcome.transfer else _CLOCKS.get(outcome.clocks, ""),
        )
        return "；".join(filter(None, parts))

    def _told(self, step: Step, outcome: StepOutcome) -> str:
        """What it tells, with the titles of its facts in brackets."""
        text = outcome.tells
        for fact in facts_told(text):
            text = text.replace(f"{{{fact}}}", f"〔{in_words(fact, self.service, step, outcome.record)}〕")
        return text


_LIMITS = {"handle": "承诺时限", "statutory": "法定时限"}


def _time(budget: str) -> str:
    return length(parse(budget)).chinese
