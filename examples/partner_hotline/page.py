"""The hotline's page: what was handed over, and three buttons."""

from __future__ import annotations

from html import escape
from typing import Any

from examples.partner_hotline.store import Store

_HEAD = """<!doctype html><html lang="zh-CN"><meta charset="utf-8"><title>12345（示例）</title>
<style>body{font-family:sans-serif;max-width:60rem;margin:2rem auto;line-height:1.6}td,th{text-align:left;padding:.2rem
.8rem .2rem 0;vertical-align:top}article{border-top:1px solid #ccc;padding:1rem 0}</style>
<h1>12345 政务服务便民热线 <small>（示例）</small></h1>"""
_ANSWERS = (
    ("appeals.transfer.receipt", "签收", False),
    ("appeals.transfer.refused", "退回", True),
    ("appeals.transfer.reply", "答复", True),
)


def page(store: Store) -> str:
    """The whole page."""
    matters = "".join(_matter(matter) for matter in store.matters()) or "<p>还没有流转来的事项。</p>"
    answers = "".join(_row(answer) for answer in store.answers())
    events = "".join(_event(event) for event in store.received())
    return (
        f"{_HEAD}{matters}<h2>已发回</h2><table><tr><th>事件<th>流转<th>类型<th>结果</tr>{answers}</table>"
        f"<h2>已收到</h2><table><tr><th>事件<th>类型<th>次数</tr>{events}</table></html>"
    )


def _matter(matter: dict[str, Any]) -> str:
    data, transfer = matter["data"], escape(matter["transfer"])
    contact = f"{data['contact']['name']} {data['contact']['phone']}"
    told = f"{data['enterprise']['name']} · {contact} · 请于 {data.get('reply_due_at') or '—'} 前答复"
    forms = "".join(_form(transfer, *answer) for answer in _ANSWERS)
    return (
        f"<article><h2>{escape(data['title'])} <small>{transfer} · {escape(matter['state'])}</small></h2>"
        f"<p>{escape(told)}</p><p>{escape(data['description'])}</p>{forms}</article>"
    )


def _form(transfer: str, kind: str, title: str, needs_words: bool) -> str:  # noqa: FBT001 - a row of the table above
    words = f'<input name="words" required aria-label="{title}内容" size="40"> ' if needs_words else ""
    return (
        f'<form method="post" action="/answers"><input type="hidden" name="transfer" value="{transfer}">'
        f'<input type="hidden" name="type" value="{kind}">{words}<button>{title}</button></form>'
    )


def _row(answer: dict[str, Any]) -> str:
    result = answer["status"] or f"未送达（已试 {answer['attempts']} 次）"
    cells = (answer["id"], answer["transfer"] or "", answer["type"], f"{result} {answer['told'] or ''}")
    return "<tr>" + "".join(f"<td>{escape(str(cell))}" for cell in cells) + "</tr>"


def _event(event: dict[str, Any]) -> str:
    cells = (event["id"], event["type"], event["times"])
    return "<tr>" + "".join(f"<td>{escape(str(cell))}" for cell in cells) + "</tr>"
