"""What `appeals reconcile` says on the screen: kinds of faults, and what is left to people."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Final

from cli.reconciler import EXPLAINED, FOUND, MENDED, NEEDS_ENGINE_RESTORED, UNEXPLAINED, WAITING, Outcome
from cli.words import OUT

SHOWN: Final = 20

WORDS: Final = {
    "row-missing": "诉求记录缺失",
    "row-changed": "诉求记录与流程不符",
    "journal-missing": "流水缺条",
    "journal-changed": "流水条目不符",
    "journal-extra": "流水多出条目",
    "escalation-missing": "升级督办记录缺失",
    "escalation-changed": "升级督办记录不符",
    "escalation-extra": "升级督办记录多出",
    "intake-missing": "收件记录缺失",
    "intake-unmarked": "收件未标记为已启动",
    "rules-changed": "规则内容与其版本不符",
    "intake-waiting": "收件后从未启动办理",
    "intake-lost": "收件记为已启动，引擎与诉求记录中都没有",
    "ghost": "崩溃留下的幽灵条目",
    "tables-ahead": "数据表比引擎新",
    "workflow-missing": "办理中的诉求在引擎中没有流程",
    "workflow-ended": "流程已被终止，诉求尚未办结",
    "history-unreadable": "历史无法重放",
    "journal-lost": "流水条目在数据表和历史中都已没有",
    "two-journals": "数据表中的流水自成一体，与历史不同",
    "retimed": "流水与历史一致，仅个别条目的时间相差几秒",
    "tables-unproven": "引擎中没有历史，数据表自相矛盾",
    "nothing-known": "没有收件、没有流程，来历不明",
    "transfer-untold": "已流转或追回，外部单位却没有消息",
    "result-untold": "外部单位转来的诉求已答复或办结，却没有回告",
    "just-came-in": "刚刚收件，正在启动",
    "just-begun": "首次写入尚未完成，数据表中却另有记录",
    "in-motion": "正在办理，每次查看都有变化",
    "does-not-hold": "修复后又不一致",
    "write-pending": "流程没有回答，可能没有工作进程",
    "engine-away": "引擎没有回答或拒绝",
}
"""Kinds of faults, and reasons why something is left."""


def left(outcomes: Iterable[Outcome]) -> list[Outcome]:
    """What is still apart."""
    return [o for o in outcomes if o.result not in {MENDED, FOUND, EXPLAINED}]


def tell(outcomes: Sequence[Outcome], looked_at: int, seconds: float, *, dry_run: bool) -> None:
    """By kind; then what was not put right, by number; then one line for all."""
    kinds = Counter(kind for outcome in outcomes for kind in {kind for kind, _ in outcome.faults})
    for kind, count in kinds.most_common():
        OUT.print(f"  {WORDS[kind]}（{kind}）：{count} 件", soft_wrap=True)
    results = Counter(o.result for o in outcomes)
    for result, words in _LEFT.items():
        for outcome in [o for o in outcomes if o.result == result][:SHOWN]:
            kind, _, where = (outcome.reason or outcome.faults[0][0]).partition(" ")
            OUT.print(
                f"[yellow]![/] {outcome.number} {words}：{WORDS.get(kind, kind)} {where}".rstrip(), soft_wrap=True
            )
        if results[result] > SHOWN:
            OUT.print(f"  … 另有 {results[result] - SHOWN} 件，全部见 --report / and more: --report", soft_wrap=True)
    if results[NEEDS_ENGINE_RESTORED]:
        OUT.print(_ENGINE_RESTORED, soft_wrap=True)
    done = "试运行，未改动 / dry run, nothing changed" if dry_run else f"已修复 {results[MENDED]} / mended"
    OUT.print(
        f"核对 {looked_at} 件，{len(outcomes)} 件不一致（{done}），{len(left(outcomes))} 件未解决"
        f" / {looked_at} appeals, {len(outcomes)} apart, {len(left(outcomes))} left, {seconds:.1f} s",
        soft_wrap=True,
    )


_LEFT: Final = {
    UNEXPLAINED: "无法解释",
    NEEDS_ENGINE_RESTORED: "需要 --engine-restored",
    WAITING: "尚不能处理",
}
_ENGINE_RESTORED: Final = (
    "[yellow]引擎缺少数据表能够证明的办理。如果引擎是从较早的备份恢复的：停止接口与工作进程，运行[/] "
    "[cyan]appeals reconcile --engine-restored[/][yellow]，然后再启动；否则先查明引擎发生了什么。[/]\n"
    "  The engine lacks what the tables prove. If it was restored from an older backup: stop API and workers, run "
    "that, start again. If not, find out first what happened to the engine."
)
