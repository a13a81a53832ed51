"""Who may do what besides the actions on an appeal, which ``domain/table.py`` holds: one table of role × relation.

The routes ask it for their checks, ``appeals permissions`` prints it, and a test walks every route with every role. It
also says which scope a personal token needs for which route.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from api.rights import (
    EVERYBODY,
    SCOPES,
    STAFF,
    Grant,
    Permission,
    Scope,
    anything,
    below,
    in_full,
    own_enterprise,
    readable,
    themselves,
)
from domain.errors import Forbidden
from domain.vocabulary import Role

_ANYBODY: Final = (Grant(EVERYBODY, anything),)
_READERS: Final = (Grant(EVERYBODY, readable),)
_THEMSELVES: Final = (Grant(EVERYBODY, themselves),)
_OF_THE_HOUSE: Final = (Grant(STAFF, anything),)
_IN_CHARGE: Final = (Grant(frozenset({Role.ADMIN}), anything), Grant(frozenset({Role.LEADER}), below))

READ_APPEALS = Permission(
    "read-appeals",
    "查看诉求、办理记录、文书",
    Scope.READ,
    (
        "GET /v1/appeals",
        "GET /v1/appeals/{number}",
        "GET /v1/appeals/{number}/actions",
        "GET /v1/appeals/{number}/journal",
        "GET /v1/appeals/{number}/routing",
        "GET /v1/appeals/{number}/duplicates",
        "GET /v1/appeals/{number}/attachments",
        "GET /v1/appeals/{number}/documents",
        "GET /v1/appeals/{number}/documents/{kind}",
        "GET /v1/events",
    ),
    _READERS,
)
READ_ATTACHMENTS = Permission(
    "read-attachments",
    "下载附件",
    Scope.READ,
    ("GET /v1/attachments/{attachment}", "GET /v1/attachments/{attachment}/metadata"),
    (Grant(EVERYBODY, in_full),),
)
SUBMIT = Permission(
    "submit",
    "提交诉求",
    Scope.SUBMIT,
    ("POST /v1/appeals",),
    (
        Grant(frozenset({Role.ENTERPRISE}), own_enterprise),
        Grant(frozenset({Role.SYSTEM, Role.WINDOW, Role.VISITOR}), anything),
    ),
    "您的身份不能提交诉求",
)
ACT = Permission(
    "act", "办理诉求（各项操作见下）", Scope.ACT, ("POST /v1/appeals/{number}/actions/{action}",), _READERS
)
UPLOAD = Permission("upload", "上传附件", Scope.ACT, ("POST /v1/attachments",), _ANYBODY)
EXCHANGED = Permission(
    "deliveries",
    "查看与外单位的往来",
    Scope.READ,
    ("GET /v1/appeals/{number}/deliveries",),
    (Grant(STAFF, readable),),
    "与外单位的往来仅供民警查阅",
)
MESSAGES = Permission(
    "messages",
    "查看通知的送达情况",
    Scope.READ,
    ("GET /v1/appeals/{number}/messages",),
    (Grant(STAFF, readable),),
    "通知的送达情况仅供民警查阅",
)
INBOX = Permission(
    "inbox",
    "查收自己的消息",
    Scope.READ,
    ("GET /v1/inbox", "GET /v1/inbox/events"),
    _THEMSELVES,
)
READ_MESSAGE = Permission(
    "read-message",
    "标记自己的消息为已读",
    Scope.DUTY,
    ("POST /v1/inbox/{message}/read", "POST /v1/inbox/read"),
    _THEMSELVES,
)
CHANNELS = Permission("channels", "查看自己的通知渠道", Scope.READ, ("GET /v1/me/channels",), _THEMSELVES)
SET_CHANNELS = Permission("set-channels", "登记自己的通知渠道", Scope.MANAGE, ("PUT /v1/me/channels",), _THEMSELVES)
# Not by a token: it could make itself another one for ever, or a wider one.
TOKENS = Permission(
    "tokens",
    "管理自己的个人令牌、密码",
    None,
    (
        "GET /v1/me/tokens",
        "POST /v1/me/tokens",
        "DELETE /v1/me/tokens/{token}",
        "POST /v1/me/password",
    ),
    _THEMSELVES,
)
REACHABLE = Permission(
    "reachable",
    "查看能否通知到某人",
    Scope.READ,
    ("GET /v1/officers/{code}/reachable",),
    (Grant(STAFF, themselves), *_IN_CHARGE),
    "只有本人、管理员和其所在单位（或上级）的领导可以查看",
)
ESCALATIONS = Permission(
    "escalations",
    "查看升级督办",
    Scope.READ,
    ("GET /v1/escalations", "GET /v1/escalations/{id}"),
    (Grant(STAFF | {Role.SYSTEM}, readable),),
)
ANSWER_ESCALATIONS = Permission(
    "answer-escalations",
    "认领、移交、上升、结束升级督办（各项操作见下）",
    Scope.DUTY,
    ("POST /v1/escalations/{id}/actions/{action}",),
    (Grant(STAFF | {Role.SYSTEM}, readable),),
)
CATALOGUE = Permission(
    "catalogue",
    "查看服务事项、单位、时限试算、本人信息",
    Scope.READ,
    ("GET /v1/services", "GET /v1/services/{code}", "GET /v1/me", "GET /v1/units", "GET /v1/clocks/preview"),
    _ANYBODY,
)
ENTERPRISES = Permission(
    "enterprises",
    "查看企业",
    Scope.READ,
    ("GET /v1/enterprises/{uscc}",),
    (Grant(frozenset({Role.ENTERPRISE}), own_enterprise), Grant(STAFF, anything)),
)
ABSENCES = Permission("absences", "查看不在岗与代理", Scope.READ, ("GET /v1/officers/{code}/absences",), _OF_THE_HOUSE)
SET_ABSENCES = Permission(
    "set-absences",
    "登记不在岗与代理",
    Scope.MANAGE,
    ("PUT /v1/officers/{code}/absences",),
    _IN_CHARGE,
    "只有管理员和该民警所在单位（或其上级）的领导可以登记不在岗",
)
DUTY = Permission(
    "duty",
    "查看值班表、值班电话、值班日历、值班预检",
    Scope.READ,
    (
        "GET /v1/duty/coverage",
        "GET /v1/duty/{unit}/roster",
        "GET /v1/duty/{unit}/now",
        "GET /v1/duty/{unit}/shifts",
        "GET /v1/duty/people/{code}/shifts",
        "GET /v1/duty/{unit}/calendar.ics",
        "GET /v1/duty/people/{code}/calendar.ics",
    ),
    _OF_THE_HOUSE,
    "值班安排仅供公安机关内部人员查看",
)
EDIT_DUTY = Permission(
    "edit-duty",
    "编排值班表：轮值、替班、临时勤务、换班、导入",
    Scope.MANAGE,
    (
        "PUT /v1/duty/{unit}/roster",
        "POST /v1/duty/{unit}/roster/import",
        "POST /v1/duty/{unit}/overrides",
        "DELETE /v1/duty/{unit}/overrides/{id}",
        "POST /v1/duty/{unit}/temporary",
        "DELETE /v1/duty/{unit}/temporary/{id}",
        "POST /v1/duty/{unit}/swaps",
        "DELETE /v1/duty/{unit}/swaps/{id}",
    ),
    _IN_CHARGE,
)
STATISTICS = Permission(
    "statistics",
    "查看统计数据",
    Scope.READ,
    (
        "GET /v1/statistics/stages",
        "GET /v1/statistics/rates",
        "GET /v1/statistics/clocks",
        "GET /v1/statistics/heat",
    ),
    (Grant(frozenset({Role.SUPERVISOR, Role.ADMIN}), anything), Grant(frozenset({Role.LEADER}), below)),
    "统计数据供督办人员、单位领导和管理员查看",
)
FAST_FORWARD = Permission(
    "fast-forward",
    "预演：快进",
    Scope.MANAGE,
    ("POST /v1/rehearsal/fast-forward",),
    (Grant(frozenset({Role.ADMIN, Role.SYSTEM}), readable),),
    "只有管理员或上游系统可以快进",
)

PERMISSIONS: Final = (
    *(
        READ_APPEALS,
        READ_ATTACHMENTS,
        SUBMIT,
        ACT,
        UPLOAD,
        EXCHANGED,
        MESSAGES,
        INBOX,
        READ_MESSAGE,
        CHANNELS,
        SET_CHANNELS,
        TOKENS,
    ),
    *(REACHABLE, ESCALATIONS, ANSWER_ESCALATIONS, CATALOGUE, ENTERPRISES, ABSENCES, SET_ABSENCES, DUTY, EDIT_DUTY),
    *(STATISTICS, FAST_FORWARD),
)
BY_ROUTE: Final[Mapping[str, Permission]] = MappingProxyType(
    {route: permission for permission in PERMISSIONS for route in permission.routes},
)


def demand_scope(method: str, path: str, scopes: frozenset[str] | None) -> None:
    """Raises Forbidden where a personal token is not for this route; ``scopes`` are None for what is no such token.

    ``path`` is the route's template. A route that the table does not know is for no token.
    """
    if scopes is None:
        return
    permission = BY_ROUTE.get(f"{'GET' if method == 'HEAD' else method} {path}")
    scope = permission.scope if permission else None
    if scope is None:
        raise Forbidden("scope", "个人令牌不能用于这里，请登录后办理")
    if scope not in scopes:
        raise Forbidden("scope", f"此令牌或链接不能用于这里：范围中没有“{scope}”（{SCOPES[scope]}）")
