"""`appeals demo`: one appeal and one permit walked through the whole loop against a running system, as a story."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

import httpx2
from rich.markup import escape
from rich.table import Table

from cli.words import OUT
from domain.budget import parse
from domain.clock import ClockName
from domain.clock_names import named
from domain.wording import length
from runtime.errors import OperatorError

TIMEOUT: Final = 120.0
DAY: Final = 86_400
STAGES: Final = {
    "accept": "受理",
    "assign": "交办",
    "handle": "承办",
    "feedback": "反馈",
    "evaluate": "评价",
    "closed": "办结",
}
WHO: Final = {
    "enterprise": "企业",
    "window": "首接窗口",
    "dispatcher": "分派员",
    "handler": "承办民警",
    "handler3": "二轮承办民警",
    "leader": "分局负责人",
    "visitor": "联络员",
    "hazmat_handler": "治安支队民警",
    "hazmat_leader": "治安支队负责人",
}


class Teller:
    """Speaks to the API as the sample organisation's people, and prints what happens."""

    def __init__(self, url: str, keys: dict[str, str]) -> None:
        self._http = httpx2.Client(base_url=url, timeout=TIMEOUT, trust_env=False)
        self._keys = keys
        self.rehearsal = False
        self.uscc = ""
        self.number = ""

    def begin(self) -> None:
        """Finds out who the enterprise is, and whether clocks can be moved."""
        me = self._call("GET", "/v1/me", "enterprise")
        self.rehearsal = me.headers.get("X-Appeals-Rehearsal") == "true"
        self.uscc = me.json()["enterprise"]["uscc"]

    def submit(self, service: str, title: str, description: str, form: dict[str, Any], said: str) -> None:
        """The enterprise sends it in."""
        body = {
            "service": service,
            "channel": "web",
            "enterprise": {"uscc": self.uscc, "name": "宁波示例制造有限公司", "tiers": []},
            "contact": {"name": "王经理", "phone": "13800001234"},
            "region": "330205",
            "title": title,
            "description": description,
            "form": form,
        }
        appeal = self._call("POST", "/v1/appeals", "enterprise", body).json()
        self.number = appeal["number"]
        OUT.print(f"\n[bold]{escape(appeal['service_name'])}[/]  编号 [cyan]{self.number}[/]", soft_wrap=True)
        self._tell("enterprise", said, appeal)

    def act(self, who: str, action: str, said: str, **body: Any) -> None:
        """Somebody does something."""
        path = f"/v1/appeals/{self.number}/actions/{action}"
        self._tell(who, said, self._call("POST", path, who, body).json())

    def step(self, who: str, step: str, outcome: str, said: str, **record: Any) -> None:
        """Somebody completes a step of the permit's procedure."""
        self.act(who, "complete_step", said, step=step, outcome=outcome, record=record)

    def wait(self, seconds: int, said: str) -> None:
        """Time passes; outside a rehearsal it cannot be moved."""
        if not self.rehearsal:
            return
        body = {"number": self.number, "seconds": seconds}
        appeal = self._call("POST", "/v1/rehearsal/fast-forward", "admin", body).json()
        self._print("⏩", "时间", said, appeal)

    def ledger(self) -> None:
        """The clocks and the journal, as they stand."""
        appeal = self._call("GET", f"/v1/appeals/{self.number}", "handler").json()
        table = Table("时限", "预算", "起", "止", "结果", box=None, padding=(0, 2, 0, 0), header_style="dim")
        for clock in appeal["clocks"]:
            late = "逾期" if clock["late"] or clock["status"] == "breached" else "按时"
            status = {"met": late, "stopped": "终止", "breached": "超时"}.get(clock["status"], clock["status"])
            table.add_row(
                named(ClockName(clock["name"]), clock["subject_name"]),
                _length(clock["budget"]),
                _short(clock["started_at"]),
                _short(clock["ended_at"]),
                status,
            )
        OUT.print(table)
        entries = self._call("GET", f"/v1/appeals/{self.number}/journal", "handler").json()["items"]
        OUT.print(
            f"  流水 {len(entries)} 条，末条哈希 [dim]{entries[-1]['hash'][:16]}…[/]（appeals audit verify 可核验）",
            soft_wrap=True,
        )

    def _tell(self, who: str, said: str, appeal: dict[str, Any]) -> None:
        self._print("●", WHO[who], said, appeal)

    def _print(self, sign: str, who: str, said: str, appeal: dict[str, Any]) -> None:
        colour = {"green": "green", "yellow": "yellow", "orange": "dark_orange", "red": "red"}[appeal["colour"]]
        stage = STAGES[appeal["stage"]]
        OUT.print(
            f"  [{colour}]{sign}[/] [dim]{_short(appeal['now'])}[/] [bold]{who}[/] {escape(said)} → {stage}"
            f" [dim]第{appeal['round']}轮[/]",
            soft_wrap=True,
        )

    def _call(self, method: str, path: str, who: str, body: dict[str, Any] | None = None) -> httpx2.Response:
        headers = {"Authorization": f"Bearer {self._keys[who]}", "Idempotency-Key": str(uuid.uuid4())}
        try:
            answer = self._http.request(method, path, headers=headers, json=body)
        except httpx2.TransportError as error:
            raise OperatorError(
                "连不上运行中的系统。",
                f"No running system answers at {self._http.base_url}.",
                "先在另一个终端运行 make run / start it first with: make run",
            ) from error
        if answer.is_error:
            problem = answer.json()
            raise OperatorError(
                f"{WHO.get(who, who)} {path}：{problem.get('title')}。{problem.get('detail')}",
                f"{answer.status_code} {problem.get('code')}",
                "这一步本应成功；请把上面的内容报告给维护者 / this step should have worked",
            )
        return answer


def demo(url: str, keys_file: Path) -> None:
    """Tells both stories. Raises OperatorError when nothing runs there, or there is no sample organisation."""
    if not keys_file.exists():
        raise OperatorError(
            f"没有示例密钥文件 {keys_file}。",
            "There is no sample organisation in this data directory.",
            "用 make run 启动，或以 --data-dir 指明数据目录 / start with make run, or give --data-dir",
        )
    teller = Teller(url, json.loads(keys_file.read_text(encoding="utf-8")))
    teller.begin()
    chapters: tuple[Callable[[Teller], None], ...] = (tell_appeal, tell_permit)
    for chapter in chapters:
        chapter(teller)
        teller.ledger()
    OUT.print("\n[bold green]件件有结果、事事有回音。[/]")


def tell_appeal(teller: Teller) -> None:
    """An appeal that is not solved the first time: two rounds, the second one level up and by somebody else."""
    teller.submit(
        "appeal-general", "厂区门口违停影响装卸", "每天早高峰货车进不来，影响发货。", {}, "在网上提交诉求，马上拿到编号"
    )
    teller.act("window", "accept", "受理")
    teller.act("dispatcher", "assign", "交办给甲派出所", lead_unit="station-a")
    teller.act("handler", "sign", "签收，从此由他负责")
    teller.act(
        "handler",
        "request_supplement",
        "一次性告知还缺的材料，办理时限暂停",
        items=["现场照片"],
        reason="便于现场勘察",
    )
    teller.wait(2 * DAY, "两天过去，时限没有走")
    teller.act("enterprise", "supplement", "补交照片，时限继续", items=["现场照片"])
    teller.act("handler", "submit_result", "提交办理结果", outcome="solved", text="已劝离违停车辆")
    teller.act("leader", "review", "审核同意", approved=True)
    teller.act("handler", "send_answer", "书面答复企业", text="已劝离违停车辆，将加强巡逻。", method="phone")
    teller.act("enterprise", "rate", "不满意：第二天又停满了", grade=2, comment="第二天又停满了")
    teller.act("dispatcher", "assign", "提一级，由上级单位另派乙派出所", lead_unit="station-b")
    teller.act("handler3", "sign", "另一位民警签收")
    teller.act("handler3", "submit_result", "会同交警划设卸货区", outcome="solved", text="已划设卸货区并安装抓拍设备")
    teller.act("leader", "review", "审核同意", approved=True)
    teller.act("handler3", "send_answer", "书面答复企业", text="卸货区已启用。", method="in_person")
    teller.act("enterprise", "rate", "非常满意", grade=5, comment="问题解决了")
    teller.wait(7 * DAY, "七天过去，到了回访的日子")
    teller.act("visitor", "record_visit", "回访：确已解决，办结", result="satisfied", text="确已解决")


def tell_permit(teller: Teller) -> None:
    """A permit under special circumstances: 48 hours from the application, inspected the same day, never by silence."""
    form = {
        "chemical": "氰化钠",
        "cas": "143-33-9",
        "quantity": 50,
        "unit": "千克",
        "purpose": "电镀生产线配制镀液",
    }
    teller.submit(
        "hazmat-toxic-purchase", "剧毒化学品购买许可", "电镀生产用。", form, "提交申请：自动受理，24小时计时即刻开始"
    )
    teller.step(
        "hazmat_handler", "review", "special", "情况特殊，须现场勘验：时限48小时", reason="首次申请", inspector="李警官"
    )
    teller.step(
        "hazmat_handler",
        "inspect",
        "done",
        "当日完成现场勘验",
        inspector="李警官",
        inspected_at=datetime.now().astimezone().isoformat(timespec="minutes"),
        findings="专用仓库符合要求",
    )
    teller.wait(37 * 3600, "无人决定，75%时系统提醒承办人；沉默从不等于许可")
    teller.step("hazmat_leader", "decide", "approve", "决定准予许可", valid_until=_half_a_year_on(), quantity="50千克")
    teller.step(
        "hazmat_handler", "issue", "done", "制证发证：证件发出才算办结", document_no=f"浙甬剧购{teller.number[2:]}号"
    )
    teller.act("hazmat_handler", "send_answer", "送达许可证", text="许可证已签发。", method="online")
    teller.act("enterprise", "rate", "非常满意", grade=5, comment="")
    teller.wait(7 * DAY, "七天过去")
    teller.act("visitor", "record_visit", "回访：收到证件，办结", result="satisfied", text="已收到")


def _length(budget: str) -> str:
    return length(parse(budget)).chinese


def _half_a_year_on() -> str:
    return (datetime.now().astimezone().date() + timedelta(days=180)).isoformat()


def _short(moment: str | None) -> str:
    return moment[5:16].replace("T", " ") if moment else "—"
