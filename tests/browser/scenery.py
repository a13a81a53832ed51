"""A town full of appeals, made through the API as people would: every stage, every colour, some with long names.

For pictures, and for looking at pages that are as full as they are at work: ``python -m tests.browser.scenery`` starts
a rehearsal with it and stays.
"""

from __future__ import annotations

import tempfile
import time
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any, Final

from domain.calendar import ZONE
from storage.sample import sample_uscc
from tests.support.running import Running

DAY: Final = 86_400
HOUR: Final = 3600
Firm = tuple[str, str, list[str]]
OWN: Final[Firm] = ("91330205MA2AEX001", "宁波示例制造有限公司", [])
LONG: Final[Firm] = (
    "91330205MA2AEX101",
    "宁波前湾绿色智能制造与供应链协同创新产业发展（集团）股份有限公司江北高端装备分公司",
    ["scaled", "key", "public"],
)
CHEMISTRY: Final[Firm] = ("91330205MA2AEX002", "宁波样本化工有限公司", ["scaled", "key"])
FIRMS: Final[tuple[Firm, ...]] = (
    ("91330205MA2AEX102", "甬江港口物流股份有限公司", ["scaled", "project"]),
    ("91330205MA2AEX103", "江北老外滩餐饮管理有限公司", []),
    ("91330205MA2AEX104", "慈城古镇文化旅游开发有限责任公司", ["project"]),
    LONG,
    ("91330205MA2AEX105", "示例精密轴承厂", []),
    ("91330205MA2AEX106", "中外合资宁波·海德堡—米勒新能源汽车零部件（中国）有限公司", ["scaled", "key"]),
    OWN,
    ("91330205MA2AEX107", "洪塘示例五金加工部", []),
)
PEOPLE: Final = ("王经理", "李敏", "欧阳慕容雪", "陈厂长", "阿卜杜热合曼·买买提", "周总")
OFFICERS: Final = {"station-a": "handler", "station-b": "handler3", "public-order": "hazmat_handler"}


class Town:
    """Makes appeals, each by its own short story."""

    def __init__(self, running: Running) -> None:
        self.running = running
        self.numbers: dict[str, str] = {}
        """By the title that a story gave, for whoever wants a picture of that one."""
        self._made = count()

    # What people do

    def submit(
        self,
        title: str,
        service: str = "appeal-general",
        firm: Firm | None = None,
        caller: str = "system",
        **changes: Any,
    ) -> str:
        """A matter of one of the firms; its form is the service's own example."""
        nth = next(self._made)
        code, name, tiers = firm or FIRMS[nth % len(FIRMS)]
        uscc = sample_uscc(code)
        fields = self.running.ask("system", f"/v1/services/{service}")["form"]["properties"]
        body = {
            "service": service,
            "channel": "system",
            "enterprise": {"uscc": uscc, "name": name, "tiers": tiers},
            "contact": {"name": PEOPLE[nth % len(PEOPLE)], "phone": f"1380000{nth:04d}"},
            "region": "330205",
            "title": title,
            "description": f"{title}，已影响正常生产经营，恳请尽快协调解决，并告知办理安排和联系人。",
            "urgent": False,
            "form": {field: said["examples"][0] for field, said in fields.items()},
        }
        number: str = self.post(caller, "/v1/appeals", body | changes)["number"]
        self.numbers[title] = number
        return number

    def act(self, who: str, number: str, action: str, /, **body: Any) -> Any:
        return self.post(who, f"/v1/appeals/{number}/actions/{action}", body)

    def step(self, who: str, number: str, code: str, outcome: str, **record: Any) -> Any:
        return self.act(who, number, "complete_step", step=code, outcome=outcome, record=record)

    def post(self, who: str, path: str, body: dict[str, Any]) -> Any:
        """What is refused here would be a mistake of this file."""
        answer = self.running.post(who, path, str(uuid.uuid4()), body)
        assert answer.is_success, f"{who} {path} {body}: {answer.text}"
        return answer.json()

    # How time passes

    def wait(self, number: str, seconds: float) -> Any:
        return self.running.fast_forward(number, round(seconds))

    def wait_until(self, number: str, clock: str, hours_before: float) -> Any:
        """Until so many hours before that clock is due; a negative number is after."""
        appeal = self.running.ask("supervisor", f"/v1/appeals/{number}")
        due = [c["due_at"] for c in appeal["clocks"] if c["name"] == clock and not c["ended_at"] and c["due_at"]][-1]
        now = datetime.fromisoformat(appeal["now"])
        ahead = datetime.fromisoformat(due) - timedelta(hours=hours_before) - now
        return self.wait(number, ahead.total_seconds()) if ahead.total_seconds() > 0 else appeal

    # How far it has come

    def accepted(self, title: str, **changes: Any) -> str:
        number = self.submit(title, **changes)
        self.act("window", number, "accept")
        return number

    def assigned(self, title: str, unit: str = "station-a", **changes: Any) -> str:
        number = self.accepted(title, **changes)
        self.act("dispatcher", number, "assign", lead_unit=unit)
        return number

    def signed(self, title: str, unit: str = "station-a", **changes: Any) -> str:
        number = self.assigned(title, unit, **changes)
        self.act(officer(unit), number, "sign")
        return number

    def resulted(self, title: str, unit: str = "station-a", **changes: Any) -> str:
        number = self.signed(title, unit, **changes)
        self.act(officer(unit), number, "submit_result", outcome="solved", text="已现场处置，并建立长效机制。")
        return number

    def answered(self, title: str, unit: str = "station-a", **changes: Any) -> str:
        number = self.resulted(title, unit, **changes)
        self.answer(number, unit)
        return number

    def answer(self, number: str, unit: str) -> None:
        """The result that was submitted is reviewed and sent."""
        self.act("leader", number, "review", approved=True)
        self.act(officer(unit), number, "send_answer", text="已处置完毕，感谢您的监督。", method="phone")

    def again(self, number: str, unit: str, comment: str) -> None:
        """Dissatisfied at the visit: the next round, up to its signature."""
        self.act("visitor", number, "record_visit", result="dissatisfied", text=comment)
        self.act("dispatcher", number, "assign", lead_unit=unit)
        self.act(officer(unit), number, "sign")


def officer(unit: str) -> str:
    """An officer of that unit."""
    return OFFICERS.get(unit, f"{unit}-officer")


def fill(running: Running) -> Town:
    """Everything; a minute or so."""
    town = Town(running)
    with ThreadPoolExecutor(8) as pool:
        wrong = [error for made in [pool.submit(story, town) for story in STORIES] if (error := made.exception())]
    if wrong:
        raise BaseExceptionGroup("stories that could not be told", wrong)
    return town


# The stories


def _new(t: Town) -> None:
    t.submit("厂区东门夜间多次发生盗窃，希望增加巡逻", firm=OWN, caller="enterprise", channel="web")
    t.submit("货车早高峰通行受限，原料无法按时进厂", urgent=True)
    t.submit(
        "关于园区二期扩建期间周边道路临时交通组织、施工车辆通行时段、夜间照明不足以及员工上下班安全问题的综合诉求",
        firm=LONG,
    )
    number = t.submit("员工宿舍办理居住登记材料不清楚")
    t.act("window", number, "request_supplement", items=["营业执照副本", "员工花名册"], reason="请一次补齐")


def _overdue_at_the_window(t: Town) -> None:
    t.wait_until(t.submit("园区门口流动摊贩占道", channel="system"), "accept", -2)


def _to_assign(t: Town) -> None:
    for title in ("写字楼消防通道被占用", "商铺夜间噪声扰民引发纠纷", "码头外来车辆乱停放"):
        t.accepted(title)


def _to_sign(t: Town) -> None:
    t.assigned("仓库周界报警器联网咨询", "station-b")
    t.wait_until(t.assigned("厂区外围电瓶车被盗"), "sign", -1)
    number = t.assigned("企业班车停靠点协调")
    t.act("handler", number, "return_assignment", reason="停靠点在乙所辖区")
    twice = t.assigned("跨辖区道路隔离栏破损")
    t.act("handler", twice, "return_assignment", reason="非本所辖区")
    t.act("dispatcher", twice, "assign", lead_unit="station-b")
    t.act("handler3", twice, "return_assignment", reason="属甲所辖区")


def _in_time(t: Town) -> None:
    t.signed("法人身份被冒用注册公司", firm=OWN)
    t.signed("园区企业反诈宣传需求", "station-b")
    number = t.signed("门前道路施工围挡影响出入", firm=OWN)
    t.act("handler", number, "note", text="已到现场查看，正与施工方协商", public=True)
    t.act("handler", number, "ask_cooperation", unit="traffic", question="该路段能否设临时卸货区？")


def _yellow(t: Town) -> None:
    t.wait_until(t.signed("外来务工人员纠纷调处", "station-b"), "handle", 6)


def _orange(t: Town) -> None:
    t.wait_until(t.signed("厂区周边车辆深夜鸣笛", firm=LONG), "handle", 2)


def _red(t: Town) -> None:
    t.wait_until(t.signed("物流园区连续发生货物短少", firm=FIRMS[0]), "handle", -1)


def _deep_red(t: Town) -> None:
    number = t.signed("工地材料反复被盗，多次反映未果", firm=FIRMS[5])
    t.act(
        "supervisor",
        number,
        "supervise",
        order="请分局领导包案，三日内报结果",
        posted=True,
        leader="杨分局",
        limit="3 natural days",
    )
    t.wait_until(number, "handle", -50)


def _acknowledged(t: Town) -> None:
    number = t.signed("停车场出入口被恶意堵塞", "station-b")
    t.wait_until(number, "handle", -1)
    for one in t.running.ask("duty", f"/v1/escalations?number={number}")["items"]:
        t.post("duty", f"/v1/escalations/{one['id']}/actions/acknowledge", {})


def _standing(t: Town) -> None:
    number = t.signed("企业监控点位接入审批")
    t.act("handler", number, "pause", reason_code="awaiting_third_party", note="等待运营商勘察", until=_later(20))
    number = t.signed("厂区搬迁集体户口调整", "station-b")
    t.act("handler3", number, "park", reason="需待区划调整公布", review_on=_later(60)[:10])
    t.act("leader", number, "approve_park", granted=True, reason="同意挂账")
    number = t.signed("合同诈骗线索核查")
    t.act(
        "handler",
        number,
        "request_extension",
        budget="5 working days",
        reason="涉及外省调证",
        legal_basis="内部办理规定",
    )
    number = t.signed("货物运输途中被扣")
    t.act("handler", number, "request_supplement", items=["运单原件"], reason="核对货物权属")


def _at_the_end(t: Town) -> None:
    t.resulted("厂区门口违停影响装卸")
    number = t.resulted("保安员证办理进度咨询", "station-b")
    t.act("leader", number, "review", approved=True, reason="")
    t.answered("企业内部治安隐患整改指导", firm=OWN)
    t.answered("夜间渣土车超速", "station-b")
    number = t.answered("厂房门禁系统故障求助", firm=OWN)
    t.act("enterprise", number, "rate", grade=4, comment="回复及时")


def _second_round(t: Town) -> None:
    number = t.answered("厂区后门长期堆放垃圾影响消防", firm=FIRMS[2])
    t.again(number, "station-b", "第二天又堆满了")
    t.act("handler3", number, "note", text="会同综合执法局现场清理", public=True)


def _three_rounds(t: Town) -> None:
    number = t.answered("相邻企业噪声纠纷长期未解决", firm=FIRMS[3])
    for unit, officer_ in (("station-b", "handler3"), ("station-c", "station-c-officer")):
        t.again(number, unit, "没有变化")
        t.act(officer_, number, "submit_result", outcome="partly_solved", text="已组织协商，部分时段停工。")
        t.answer(number, unit)
    t.act("visitor", number, "record_visit", result="dissatisfied", text="仍然没有解决")


def _closed(t: Town) -> None:
    for title, unit in (
        ("财务室防盗咨询", "station-a"),
        ("员工通勤车道路安全检查", "station-b"),
        ("外籍专家居留咨询", "station-a"),
    ):
        number = t.answered(title, unit, firm=OWN)
        t.act("enterprise", number, "rate", grade=5, comment="非常及时")
        t.wait(number, 7 * DAY)
        t.act("visitor", number, "record_visit", result="satisfied", text="企业确认问题已解决")
    number = t.submit("要求减免物业费")
    words = {"reason": "不属于公安机关职责", "legal_basis": "《信访工作条例》", "remedy": "可向物业主管部门反映"}
    t.act("window", number, "reject", **words)
    number = t.submit("路灯不亮", firm=OWN, caller="enterprise", channel="mobile")
    t.act("enterprise", number, "withdraw", reason="已修好")


def _transferred(t: Town) -> None:
    number = t.submit("园区公交线路班次太少", service="non-police")
    t.act("window", number, "transfer", body="hotline-12345", reason="属交通运输部门职责")
    number = t.submit("企业周边绿化带缺株", service="non-police")
    t.act("window", number, "transfer", body="street-a", reason="属街道职责")


def _permits(t: Town) -> None:
    t.submit("剧毒化学品购买许可申请", "hazmat-toxic-purchase", CHEMISTRY)
    number = t.submit("剧毒化学品购买（首次）", "hazmat-toxic-purchase", CHEMISTRY)
    t.step("hazmat_handler", number, "review", "special", reason="首次申请", inspector="褚勘验")
    t.wait(t.submit("易制爆化学品购买备案", "hazmat-explosive-purchase", CHEMISTRY), 23 * HOUR)
    t.wait(t.submit("剧毒化学品道路运输通行证", "hazmat-toxic-transport", CHEMISTRY), 30 * HOUR)


def _issued(t: Town) -> None:
    number = t.submit("氰化钠购买许可（续办）", "hazmat-toxic-purchase", CHEMISTRY)
    t.step("hazmat_handler", number, "review", "complete")
    t.step("hazmat_leader", number, "decide", "approve", valid_until=_later(180)[:10], quantity="50千克")
    t.step("hazmat_handler", number, "issue", "done", document_no=f"浙甬剧购{number[2:]}号")
    t.act("hazmat_handler", number, "send_answer", text="许可证已签发，请下载电子证照。", method="online")


def _of_the_catalogue(t: Town) -> None:
    codes = ("truck-pass", "legal-consult", "household-transfer", "seal-engraving", "dispute-mediation", "crime-report")
    titles = (
        "城市配送货车通行证",
        "商业秘密保护咨询",
        "人才落户办理",
        "首套印章刻制",
        "欠薪纠纷调解",
        "被合同诈骗报案",
    )
    for code, title in zip(codes, titles, strict=True):
        t.submit(title, code)
    t.submit("厂区发生打架", "police-alert", channel="alert_110")
    t.submit("反映执法不规范", "complaint-12389", channel="complaint_12389")


STORIES: Final[tuple[Callable[[Town], None], ...]] = (
    _deep_red,
    _closed,
    _three_rounds,
    _new,
    _overdue_at_the_window,
    _to_assign,
    _to_sign,
    _in_time,
    _yellow,
    _orange,
    _red,
    _acknowledged,
    _standing,
    _at_the_end,
    _second_round,
    _transferred,
    _permits,
    _issued,
    _of_the_catalogue,
)


def _later(days: int) -> str:
    return (datetime.now(UTC).astimezone(ZONE) + timedelta(days=days)).isoformat(timespec="seconds")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        system = Running(Path(folder) / "data", rehearsal=True)
        system.start()
        try:
            fill(system)
            print(system.url, system.directory, flush=True)  # noqa: T201
            while True:
                time.sleep(HOUR)
        except KeyboardInterrupt:
            pass
        finally:
            system.stop()
