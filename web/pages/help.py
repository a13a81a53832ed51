"""Help: what each page is for, what the colours and stages mean, who does what, and whom to call."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from fastapi import Request
from starlette.responses import Response

from web.shell import page_router, view
from web.visitor import Maybe, is_staff
from web.words import COLOURS

router = page_router()


@dataclass(frozen=True, slots=True)
class Topic:
    """A page, by the first word of its address, which is also the name of its text (templates/help)."""

    page: str
    name: str
    for_staff: bool = False


TOPICS: Final = (
    Topic("home", "首页"),
    Topic("services", "服务事项"),
    Topic("submit", "提交诉求"),
    Topic("track", "查进度"),
    Topic("rate", "评价"),
    Topic("verify", "文书验证"),
    Topic("sign-in", "登录"),
    Topic("inbox", "收件箱"),
    Topic("account", "我的账号"),
    Topic("desk", "工作台", for_staff=True),
    Topic("appeals", "诉求的页面", for_staff=True),
    Topic("duty", "值守和值班表", for_staff=True),
    Topic("board", "督办看板", for_staff=True),
    Topic("policy", "政策", for_staff=True),
    Topic("calendar", "工作日历", for_staff=True),
    Topic("clocks", "时限试算", for_staff=True),
)
#: Each stage with what happens in it and whose turn it is.
STAGES: Final = (
    (
        "受理",
        "首接窗口",
        "查看提交的内容，缺什么一次说清；不该由公安办的，流转给该办的单位并一直跟进。谁先接到谁负责，直到别的单位签收。",
    ),
    ("交办", "分派员", "交给该办的单位；单位签收，或者说明理由退回。"),
    ("承办", "承办民警", "按事项的流程办理，需要时请其他单位协办，办完提交结果。"),
    ("反馈", "负责人、承办民警", "负责人审核，书面答复送达企业；许可等按步骤作出结论的，不再另行审核。"),
    (
        "评价",
        "企业、联络员",
        "企业评价，承办单位以外的人回访；不满意的，再办一轮：由承办单位的上一级单位重新交办，原承办民警不再承办。",
    ),
)
_LADDER: Final = (
    "第1级由值班室当班的人代办理单位接（危险化学品、警情、挂牌督办和法定时限同时通知办理单位的负责人，"
    "督办限期同时通知督办人员），再逐级通知上级单位的负责人和当班人员，直到有人认领、诉求有了进展"
)
#: When a clock takes each colour, and whom it calls.
SHADES: Final = (
    ("green", "时间用了不到75%"),
    ("yellow", "用到75%：提醒承办民警"),
    ("orange", "用到90%：提醒单位负责人"),
    ("red", f"时间用完：升级督办。{_LADDER}"),
)
ROLES: Final = (
    ("企业", "提交、补正、补充说明、撤回、评价，随时查进度。", ""),
    ("首接窗口", "受理、一次性告知、不予受理、流转外单位、并案；代企业登记。", "/desk"),
    ("分派员", "交办、一警双派、批量交办；规则交不出去的由人决定。", "/desk"),
    ("承办民警", "签收或退回、办理每一步、请求协办、申请延期、提交结果、送达答复。", "/desk"),
    ("负责人", "审核本单位的结果（不能审自己办的）、批一周以内的延期、批挂账、排值班表。", "/desk"),
    ("督办人员", "督办、挂牌、提级、改派、批一周以上的延期、三轮之后决定是否再办；看全部数字。", "/board"),
    ("联络员", "回访：满意、不满意、联系不上；联系企业，代为登记诉求。", "/desk"),
    ("值班员", "夜里和节假日接升级督办：认领、移交、再升一级、结束。", "/duty"),
)


@router.get("/help")
async def read_help(request: Request, me: Maybe) -> Response:
    """Everything, each page at its own anchor."""
    staff = is_staff(me)
    topics = [topic for topic in TOPICS if staff or not topic.for_staff]
    shades = [(code, COLOURS[code], said) for code, said in SHADES]
    return view(request, "help.html", topics=topics, stages=STAGES, shades=shades, roles=ROLES if staff else ())
