"""What an appeal has set going outside, and what must be settled before it may end."""

from __future__ import annotations

from domain.appeal import Appeal, Result
from domain.conditions import holds
from domain.facts import Known
from domain.procedure import is_finished


def is_balanced(appeal: Appeal) -> bool:
    """Whether the accounts agree as the service wants it at the end; where nothing was booked, they do."""
    booked = any(appeal.accounts.values())
    return not booked or holds(appeal.rules.service.balance, Known(appeal, accounts=appeal.accounts)) is True


def is_told(appeal: Appeal) -> bool:
    """The enterprise has the result of this round in its hands."""
    return appeal.result is not None and appeal.result.answered_at is not None


def is_bound(appeal: Appeal) -> bool:
    """Something was booked or told: from here on, silence of the enterprise ends nothing."""
    return is_told(appeal) or any(appeal.accounts.values())


def told_so_far(appeal: Appeal) -> Result | None:
    """The result that the enterprise has while the steps after it go on, whoever does them."""
    return appeal.result if is_told(appeal) and not is_finished(appeal) else None


def is_in_force(appeal: Appeal) -> bool:
    """Whether the appeal has issued a document that nobody has taken back."""
    numbered = appeal.result is not None and "number" in (appeal.result.document or {})
    return numbered or any(d.revoked_at is None for d in appeal.documents)
