"""Conditions of moves that look at the body of the action; see :mod:`domain.guards` for those on the state alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from domain.act import Act, invalid, moment_of_text
from domain.appeal import Appeal
from domain.budget import BadBudget, Unit, parse
from domain.calendar import ZONE
from domain.errors import Conflict, Forbidden
from domain.guards import document_not_issued, is_over, open_to_dispatchers, refuse
from domain.materials import missing_materials
from domain.outside import open_number
from domain.parties import complained_of, is_complained_of
from domain.people import Place
from domain.relations import may_assign_to
from domain.rules import Policy
from domain.service import Service
from domain.vocabulary import ANONYMOUS_CHANNELS, Role, Stage, StepStatus, UnitKind

Check = Callable[[Appeal, Act, datetime], None]


def gaps_promised(appeal: Appeal, act: Act, _now: datetime) -> None:
    """What is missing and may be deferred is promised in writing (容缺受理)."""
    soft = [m.name for m in missing_materials(appeal) if m.deferrable]
    refuse(soft and not act.body.get("commitments"), "commitment-needed", f"容缺材料须有书面承诺：{'、'.join(soft)}")


def reason_when_negative(*fields: str) -> Check:
    """A no needs its reason."""

    def check(_appeal: Appeal, act: Act, _now: datetime) -> None:
        no = any(act.body.get(name) is False for name in fields)
        if no and not str(act.body.get("reason", "")).strip():
            raise invalid("reason-required", "/reason", "不同意须说明理由")

    return check


def within_reach(appeal: Appeal, act: Act, _now: datetime) -> None:
    """The unit named is one that the actor may assign to."""
    for name in ("lead_unit", "second_lead", "unit"):
        if name in act.body:
            place = act.place(name)
            if not may_assign_to(act.actor, place):
                raise Forbidden("unit-out-of-reach", f"不能交办到“{place.name}”")
            _not_complained_of(appeal, place)
    for n, code in enumerate(act.body.get("cooperating", ())):
        _not_complained_of(appeal, act.place_of(code, f"/cooperating/{n}"))
    officer = act.person("officer")
    if officer and officer.id in complained_of(appeal.submission, appeal.rules.service):
        raise Forbidden("complained-of", f"“{officer.name}”是被投诉人，不得办理本诉求")
    if officer and officer.id in not_again(appeal):
        raise Forbidden("previous-handler", "前一轮的承办民警不得再次承办")


def not_again(appeal: Appeal) -> tuple[str, ...]:
    """Who handled it in a round before the one that an assignment of now begins, and is not its handler again."""
    answered = appeal.officers_now() if appeal.stage is Stage.EVALUATE else ()
    return (*appeal.former_officers, *answered)


def decided_stays(appeal: Appeal, act: Act, now: datetime) -> None:
    """What is decided stays with its unit; its officer may change."""
    if "unit" in act.body:
        document_not_issued(appeal, act.actor, now)


def _not_complained_of(appeal: Appeal, place: Place) -> None:
    """Nobody judges himself."""
    if is_complained_of(appeal, place):
        raise Forbidden("complained-of", f"“{place.name}”是被投诉单位，不得办理本诉求")


def final_stays(appeal: Appeal, act: Act, now: datetime) -> None:
    """The final owner may change its officer, but not itself."""
    if "unit" in act.body:
        open_to_dispatchers(appeal, act.actor, now)


def unit_once_answered(appeal: Appeal, act: Act, _now: datetime) -> None:
    """Without a unit, or once the answer is out, another officer alone would change nothing but a name."""
    idle = (appeal.stage is Stage.EVALUATE or not appeal.lead) and "unit" not in act.body
    refuse(idle, "unit-needed", "当前只能改派到单位重新办理")


def outside_body(_appeal: Appeal, act: Act, _now: datetime) -> None:
    """A transfer goes to an outside body."""
    if act.place("body").kind is not UnitKind.OUTSIDE:
        raise invalid("not-outside", "/body", "流转对象须为公安以外的单位；警内请用交办")


def transfer_meant(appeal: Appeal, act: Act, _now: datetime) -> None:
    """Who says which transfer it is means that one, not one that was opened since."""
    meant = act.body.get("transfer")
    other = meant is not None and meant != open_number(appeal)
    refuse(other, "transfer-not-open", "所指的流转已结束（已退回、已答复或已追回）")


def not_itself(appeal: Appeal, act: Act, _now: datetime) -> None:
    """A duplicate is merged into another appeal."""
    if act.body["into"] == appeal.number:
        raise invalid("merge-into-itself", "/into", "不能并入自身")


def mergeable(appeal: Appeal, act: Act, _now: datetime) -> None:
    """Its matter goes on in an open appeal of the same enterprise; names decide where a code is not known yet."""
    target, ours = act.target, appeal.submission.enterprise
    if target is None or target.number != act.body["into"]:
        raise invalid("unknown-appeal", "/into", "没有这个编号的诉求")
    known = ours.uscc and target.uscc
    same = ours.uscc == target.uscc if known else ours.name == target.enterprise_name
    if not same:
        raise invalid("other-enterprise", "/into", "只能并入同一企业的诉求")
    refuse(not target.is_open, "target-closed", "要并入的诉求已办结")


def in_future(name: str) -> Check:
    """The moment named lies ahead."""

    def check(_appeal: Appeal, act: Act, now: datetime) -> None:
        if moment_of_text(act.body[name]) <= now:
            raise invalid("not-in-future", f"/{name}", "须晚于当前时间")

    return check


def not_beyond(name: str, days: Callable[[Policy], int]) -> Check:
    """The moment named lies within that many days of the policy: standing still for years would be a silent end."""

    def check(appeal: Appeal, act: Act, now: datetime) -> None:
        latest = (now + timedelta(days=days(appeal.rules.policy))).astimezone(ZONE)
        if moment_of_text(act.body[name]) > latest:
            raise invalid("pause-too-long", f"/{name}", f"最晚到{latest:%Y-%m-%d %H:%M}")

    return check


def park_date_ahead(appeal: Appeal, act: Act, now: datetime) -> None:
    """Parking that is granted after its review date would stop nothing."""
    over = appeal.park and moment_of_text(appeal.park.review_on) <= now
    refuse(act.body["granted"] and over, "park-date-passed", "复核日期已过，请退回后重新申请挂账")


def good_budget(name: str) -> Check:
    """The length named is in the grammar of budgets."""

    def check(_appeal: Appeal, act: Act, _now: datetime) -> None:
        if name in act.body:
            try:
                parse(act.body[name])
            except BadBudget as error:
                units = "seconds|minutes|hours|natural days|working hours|working days|months"
                detail = f"时长应为：N {units}，或 end of day"
                raise invalid("bad-budget", f"/{name}", detail) from error

    return check


def sensible_extension(appeal: Appeal, act: Act, _now: datetime) -> None:
    """More time is counted in hours, days or months, and not for years; rules that name no longest let it pass."""
    longest = appeal.rules.policy.longest_extension_days
    if not longest:
        return
    asked, most = parse(act.body["budget"]), _within(longest, longest * 5 // 7)
    if asked.unit in {Unit.SECONDS, Unit.MINUTES, Unit.END_OF_DAY}:
        detail = "延期应为：N hours|natural days|working hours|working days|months"
        raise invalid("bad-extension", "/budget", detail)
    if asked.count > most[asked.unit]:
        detail = f"延期最长{longest}个自然日、{most[Unit.WORKING_DAYS]}个工作日或{most[Unit.MONTHS]}个月"
        raise invalid("extension-too-long", "/budget", detail)


def _within(natural_days: int, working_days: int) -> dict[Unit, int]:
    """The most of each unit that is no longer than so many days."""
    hours = natural_days * 24
    return {
        Unit.SECONDS: hours * 3600,
        Unit.MINUTES: hours * 60,
        Unit.HOURS: hours,
        Unit.NATURAL_DAYS: natural_days,
        Unit.WORKING_HOURS: working_days * 7,
        Unit.WORKING_DAYS: working_days,
        Unit.END_OF_DAY: 1,
        Unit.MONTHS: natural_days // 30,
    }


def granted_in_time(appeal: Appeal, act: Act, now: datetime) -> None:
    """More time is granted before the limit is over; rules of the first edition let it pass (ADR 0017)."""
    late = act.body["granted"] and appeal.rules.policy.is_open_about_time and is_over(appeal, now)
    refuse(late, "deadline-passed", "已超过办理时限，不能再批准延期；可不同意并说明理由，需要催办的请下达督办")


def within_authority(appeal: Appeal, act: Act, _now: datetime) -> None:
    """A leader grants up to a week; a supervisor more."""
    request = appeal.open_extension
    if request is None or Role.SUPERVISOR in act.actor.roles or not act.body["granted"]:
        return
    budget, policy = parse(request.budget), appeal.rules.policy
    limits = _within(policy.leader_extension_natural_days, policy.leader_extension_working_days)
    if budget.count > limits[budget.unit]:
        raise Forbidden("beyond-authority", "延期超过一周，须由督办人员审批")


_LEAST = 8  # characters of a version: by so many it is meant, and no other


def names_version(said: str, version: str) -> bool:
    """Whether ``said`` is that version, or so much of its beginning that it is no other."""
    return said == version or (len(said) >= _LEAST and version.startswith(said))


def known_version(appeal: Appeal, act: Act, _now: datetime) -> None:
    """The rules to migrate to came with the message, and they are of the same service.

    For a version that nobody knows those of today came: the refusal names them.
    """
    today = act.rules if act.rules and act.rules.service.code == appeal.rules.service.code else None
    if today is None or not names_version(act.body["version"], today.version):
        named = f"；现在开始的同类诉求所用版本为{today.version}" if today else ""
        raise invalid("unknown-version", "/version", f"没有这个规则版本{named}")


def open_steps_stay(appeal: Appeal, act: Act, _now: datetime) -> None:
    """Every step that is under way, or called, goes on under the other rules, with all its outcomes."""
    waiting = {s.code for s in appeal.procedure if s.called or s.status is StepStatus.ACTIVE}
    new = {s.code: {o.code for o in s.outcomes} for s in act.rules.service.procedure.steps} if act.rules else {}
    for step in (s for s in appeal.rules.service.procedure.steps if s.code in waiting):
        refuse(step.code not in new, "step-missing", f"所选规则版本没有正在办理的步骤“{step.name}”，不能迁移")
        lost = "、".join(o.name for o in step.outcomes if o.code not in new[step.code])
        refuse(lost, "step-missing", f"所选规则版本的步骤“{step.name}”没有结论“{lost}”，不能迁移")


def other_service(appeal: Appeal, act: Act, _now: datetime) -> None:
    """It becomes another service of the catalogue, in the appeal's own policy and calendar.

    What begins when it comes in, by a form of its own, is sent in as it: a permit is applied for, and the time of a
    report would run from the change. What is secret stays so; who is unknown needs a service for it.
    """
    kept, rules = appeal.rules, act.rules
    if act.body["service"] == kept.service.code:
        raise invalid("same-service", "/service", "已是该事项")
    brought = rules and replace(rules, version=kept.version, service=kept.service)
    if rules is None or brought != kept or rules.service.code != act.body["service"]:
        raise invalid("unknown-service", "/service", "没有这个事项")
    service, said = rules.service, appeal.submission
    if service.automatic:
        raise invalid("apply-instead", "/service", _by_itself(service))
    if kept.service.secret and not service.secret:
        raise invalid("secret-stays", "/service", "保密事项不能更正为非保密事项")
    known = said.enterprise.uscc or service.anonymous or said.channel in ANONYMOUS_CHANNELS
    if not known:
        raise invalid("enterprise-unknown", "/service", "企业尚未核实，不能更正为该事项")


def _by_itself(service: Service) -> str:
    """Why it is not made of another matter, and what to do instead."""
    if service.kind == "permit":
        return f"“{service.name}”是许可，须由企业按其申请表和材料另行申请，不能由其他事项更正而来"
    why = "自提交时起自动受理、开始计时，须按其申请表提交"
    return f"“{service.name}”{why}，不能由其他事项更正而来；请按该事项另行提交（窗口可以代为提交），再将本件并入"


def last_entry(appeal: Appeal, act: Act, _now: datetime) -> None:
    """Only the last entry can be corrected."""
    if act.body["seq"] != appeal.seq:
        raise Conflict("not-the-last", f"只能更正最后一条记录（序号{appeal.seq}）")
