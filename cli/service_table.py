"""Every service in one table: what `docs/services.md` holds, made of the catalogue."""

from __future__ import annotations

from api.service_words import Reader
from domain.service import Service
from storage.catalogue import Catalogue
from storage.organisation import Organisation

_KINDS = {
    "permit": "许可",
    "certificate": "证照与便利",
    "appeal": "诉求",
    "alert": "警情",
    "dispute": "纠纷",
    "complaint": "投诉",
    "case": "案件",
    "consult": "咨询",
}
_HEAD = """# 服务事项一览

由 `appeals catalogue list` 从目录生成，不要手改。每个事项的全文与流程图：`appeals catalogue show CODE --html FILE`。

| 代码 | 事项 | 类别 | 牵头 / 配合 | 承诺时限 | 法定时限 | 步骤 | 依据 |
|---|---|---|---|---|---|---|---|
"""


def table(catalogue: Catalogue, organisation: Organisation) -> str:
    """The table as Markdown, one line for the latest version of each service, by kind and code."""
    kinds = list(_KINDS)
    services = sorted(
        catalogue.services(), key=lambda s: (kinds.index(s.kind) if s.kind in _KINDS else len(kinds), s.code)
    )
    return _HEAD + "".join(_line(service, organisation) for service in services)


def _line(service: Service, organisation: Organisation) -> str:
    said = dict(line for _, lines in Reader(service, organisation).sections() for line in lines)
    units = said["牵头"] + (f" / {said['配合']}" if "配合" in said else "")
    limits = said["承诺时限"] + "".join(f"；{name}{said[name]}" for name in ("紧急时", "特殊情形") if name in said)
    steps = " → ".join(step.name for step in service.procedure.steps) or "普通办理"
    cells = (
        f"`{service.code}`",
        service.name,
        _KINDS.get(service.kind, service.kind),
        units,
        limits,
        said.get("法定时限", ""),
        steps,
        service.source.partition("：")[0].partition(":")[0],
    )
    return f"| {' | '.join(cell.replace('|', '、') for cell in cells)} |\n"
