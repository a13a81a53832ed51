"""Services as people look for them: by what they need, and by the words they use, which are not the catalogue's."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from domain.service import Service

LONGEST: Final = 100
"""Characters of a search that are read."""


@dataclass(frozen=True, slots=True)
class Group:
    """What people come for."""

    kind: str
    """The kind of its services; empty for every other one."""
    name: str
    about: str
    icon: str


GROUPS: Final = (
    Group("alert", "报警求助", "正在发生或刚刚发生的警情；情况危急的，请直接拨打110。", "bell"),
    Group("appeal", "诉求与建议", "遇到困难，或者有话要说：说清一件事，由我们找到该办的单位。", "message"),
    Group("consult", "咨询与预约", "问政策、问法律、约时间。", "calendar"),
    Group("certificate", "证照与便利", "通行证、印章、户口、居住证、出入境和上门服务。", "file-text"),
    Group("permit", "许可与备案", "危险化学品、停车、外国人工作居留等，依法须经批准的事项。", "clipboard-check"),
    Group("dispute", "纠纷调解", "与员工、客户、周边的矛盾纠纷。", "users"),
    Group("case", "报案与案件", "企业被侵害，提供线索，知识产权，查封扣押冻结。", "shield-check"),
    Group("complaint", "投诉举报", "对民警执法、服务不满意。", "flag"),
)
OTHERS: Final = Group("", "其他事项", "", "list")
_BY_KIND: Final = {group.kind: group for group in GROUPS}

#: What people say, and the words of the catalogue for it.
_SAID: Final[Mapping[str, str]] = {
    "刻章": "公章刻制",
    "印章": "公章刻制",
    "盖章": "公章刻制",
    "开公司": "新开办企业",
    "拉货": "货车",
    "运货": "货车 运输",
    "送货": "货车 配送",
    "进城": "禁区",
    "禁行": "禁区 通行证",
    "限行": "禁区 通行证",
    "卡车": "货车",
    "停车位": "停车",
    "乱停": "诉求",
    "违停": "诉求",
    "占道": "诉求",
    "堵路": "诉求",
    "堵车": "诉求",
    "红绿灯": "诉求",
    "信号灯": "诉求",
    "围挡": "诉求",
    "扰民": "诉求",
    "丢": "诉求 报案",
    "遗失": "诉求 报案",
    "挂失": "诉求 报案",
    "补办": "诉求",
    "没人管": "诉求",
    "不知道找谁": "诉求",
    "监控": "诉求",
    "敲诈": "报案",
    "勒索": "报案",
    "诈骗": "报案",
    "合同诈骗": "报案",
    "小偷": "报案",
    "偷东西": "报案",
    "搬家": "户口迁移",
    "上户口": "户口迁移",
    "租房": "居住证",
    "工作证": "外国人",
    "烟花": "易制爆",
    "炸药": "易制爆",
    "解冻": "冻结",
    "扣车": "扣押",
    "查扣": "扣押",
    "车检": "车辆检验",
    "年检": "车辆检验",
    "年审": "车辆检验",
    "验车": "车辆检验",
    "事故": "事故 垫付",
    "撞": "事故",
    "受伤": "人伤 抢救",
    "医药费": "抢救费用",
    "落户": "户口迁移",
    "户籍": "户口",
    "迁户": "户口迁移",
    "暂住证": "居住证",
    "身份证": "身份证",
    "招人": "人才引进",
    "招聘": "人才引进",
    "护照": "出入境",
    "出国": "出入境 出海",
    "港澳": "出入境",
    "签证": "出入境 签证",
    "老外": "外国人",
    "外籍": "外国人",
    "绿卡": "永久居留",
    "剧毒": "剧毒化学品",
    "危化": "化学品",
    "化工": "化学品",
    "硝酸": "易制爆",
    "盐酸": "易制毒",
    "硫酸": "易制毒",
    "丙酮": "易制毒",
    "氰化": "剧毒化学品",
    "被骗": "诈骗 报案",
    "骗": "诈骗 报案",
    "盗窃": "报案",
    "偷": "报案",
    "职务侵占": "报案",
    "挪用": "报案",
    "立案": "报案",
    "假冒": "知识产权",
    "商标": "知识产权",
    "专利": "知识产权",
    "侵权": "知识产权",
    "泄密": "商业秘密",
    "冻结": "冻结",
    "账户": "冻结",
    "封了": "查封",
    "讨薪": "纠纷",
    "欠薪": "纠纷",
    "欠钱": "纠纷",
    "拖欠": "纠纷",
    "货款": "纠纷",
    "合同": "纠纷",
    "吵架": "纠纷",
    "闹事": "警情 纠纷",
    "堵门": "警情 纠纷",
    "打架": "警情",
    "打人": "警情",
    "救命": "警情",
    "110": "警情",
    "12389": "投诉举报",
    "12345": "非警务",
    "态度": "投诉举报",
    "吃拿卡要": "投诉举报",
    "乱罚款": "投诉举报",
    "律师": "公职律师",
    "法律": "法律",
    "政策": "政策咨询",
    "路灯": "诉求",
    "照明": "诉求 巡防",
    "巡逻": "巡防",
    "噪音": "诉求",
    "失信": "信用修复",
    "征信": "信用修复",
    "上课": "培训",
    "讲座": "培训",
    "反诈": "防范培训",
    "消防": "非警务",
    "噪声": "非警务",
    "预约": "预约",
}
_NOISE: Final = re.compile(
    r"我要|我想|我们|请问|怎么|怎样|如何|哪里|可以|需要|办理|申请|咨询一下|一下|企业|公司|的|了|吗|呢|办"
)
_WORD: Final = re.compile(r"[a-z0-9-]{2,}|[\u3400-\u9fff]+")
_PAIR: Final = 2
_LEAST: Final = 0.34  # of the best, that is worth showing
_SAID_FOR: Final = 0.8  # what a word of the catalogue's counts that nobody typed


def group_of(service: Service) -> Group:
    """What it is looked for under."""
    return _BY_KIND.get(service.kind, OTHERS)


def offered(services: Iterable[Service], *, inside: bool) -> list[Service]:
    """Those that somebody outside the house is offered; ``inside``: all of them."""
    return [one for one in services if inside or not one.internal]


def grouped(services: Iterable[Service]) -> list[tuple[Group, list[Service]]]:
    """The services by what people come for, without empty groups."""
    found: dict[Group, list[Service]] = {group: [] for group in (*GROUPS, OTHERS)}
    for service in services:
        found[group_of(service)].append(service)
    return [(group, kept) for group, kept in found.items() if kept]


def find(services: Iterable[Service], words: str) -> list[Service]:
    """Those that have to do with these words, the best first; none for words that say nothing."""
    wanted = list(_wanted(words))
    scores = ((sum(weight * _score(service, word) for word, weight in wanted), service) for service in services)
    found = sorted(((score, s) for score, s in scores if score > 0), key=lambda one: (-one[0], one[1].code))
    return [service for score, service in found if score >= found[0][0] * _LEAST]


def _wanted(words: str) -> Iterator[tuple[str, float]]:
    """The words to look for, with what each counts."""
    text = unicodedata.normalize("NFKC", words[:LONGEST]).lower()
    plain = _NOISE.sub(" ", text)
    yield from ((word, 1.0) for word in _WORD.findall(plain) or _WORD.findall(text))
    for said, meant in _SAID.items():
        if said in text:
            yield from ((word, _SAID_FOR) for word in meant.split() if word not in text)


def _score(service: Service, word: str) -> float:
    return sum(weight * _part(word, text) for text, weight in _texts(service) if text)


def _texts(service: Service) -> Iterator[tuple[str, float]]:
    """What a service says, with what each place counts."""
    yield service.name.lower(), 8
    yield service.code, 6
    yield group_of(service).name, 4
    yield service.summary.lower(), 3
    yield service.source.lower(), 1
    yield " ".join(material.name for material in service.materials).lower(), 1
    yield " ".join(str(shape.get("title", "")) for shape in service.form.get("properties", {}).values()).lower(), 1


def _part(word: str, text: str) -> float:
    """How much of the word stands there: all of it, or so many of its pairs of characters, which count for less."""
    if word in text:
        return float(len(word))
    if len(word) <= _PAIR or word.isascii():
        return 0.0
    pairs = [word[n : n + _PAIR] for n in range(len(word) - 1)]
    return sum(pair in text for pair in pairs) * 0.5
