"""A rejection has its reason, its legal basis and where to go instead; a crime report is never rejected."""

from __future__ import annotations

import jsonschema
import pytest

from domain.errors import Conflict
from domain.schemas import BODIES
from domain.vocabulary import Action, Outcome, Stage
from tests.promises.ways import begun, kept, refused
from tests.support.house import House

pytestmark = pytest.mark.engine

GROUNDS = {
    "reason": "合同纠纷不属于公安机关管辖",
    "legal_basis": "《公安机关办理刑事案件程序规定》",
    "remedy": "可向人民法院起诉或申请仲裁",
}


async def test_a_rejection_says_why_on_what_basis_and_where_to_go(house: House) -> None:
    number = await house.submit()

    closed = await house.act(number, "window", "reject", **GROUNDS)

    assert (closed.stage, closed.outcome) == (Stage.CLOSED, Outcome.REJECTED)
    entry = (await house.journal(number))[-1]
    assert {"reason": entry.reason, **entry.data} == GROUNDS


@pytest.mark.parametrize("missing", GROUNDS)
def test_without_one_of_the_three_there_is_no_rejection(missing: str) -> None:
    schema = BODIES[Action.REJECT]
    jsonschema.validate(GROUNDS, schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({k: v for k, v in GROUNDS.items() if k != missing}, schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**GROUNDS, missing: "  "}, schema)


async def test_a_crime_report_that_belongs_elsewhere_is_accepted_and_handed_on_never_rejected(house: House) -> None:
    number = await begun(house, kept(house, rejectable=False))

    never = await refused(house, number, "window", "reject", **GROUNDS)

    assert isinstance(never, Conflict)
    assert never.code == "never-rejected"
    assert "reject" not in never.allowed
    assert {"accept", "transfer"} <= set(never.allowed)
    assert (await house.act(number, "window", "accept")).stage is Stage.ASSIGN


async def test_a_duplicate_is_merged_and_says_into_what(house: House) -> None:
    first, second = await house.submit(), await house.submit()

    merged = await house.act(second, "window", "merge", into=first)

    assert (merged.stage, merged.outcome) == (Stage.CLOSED, Outcome.MERGED)
    assert (await house.journal(second))[-1].data == {"into": first}
    itself = await refused(house, first, "window", "merge", into=first)
    assert itself.code == "merge-into-itself"
    # Merged crosswise, both would be closed and neither handled.
    assert (await refused(house, first, "window", "merge", into=second)).code == "target-closed"
