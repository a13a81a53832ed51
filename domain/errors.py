"""Every refusal of the domain, with its stable English code and its Chinese words.

::

    Refusal                      what a rule says no to; never a fault of the system
    ├── Invalid                  the input itself is wrong (HTTP 422), with pointers to the fields
    ├── Forbidden                this caller may not (HTTP 403)
    └── Conflict                 not now (HTTP 409); names the stage and what is allowed instead
        └── IllegalTransition    the stage does not know this action

The edges map them: ``api`` to problem+json, ``workflows`` to an application error whose type is the code.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fault:
    """One wrong field: a JSON pointer (RFC 6901) and a Chinese sentence."""

    pointer: str
    detail: str


class Refusal(Exception):  # noqa: N818 - a refusal is an answer, not an error of ours
    """A rule says no. ``code`` is stable, ``detail`` is a Chinese sentence for people."""

    title = "请求未被接受"

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail


class Invalid(Refusal):
    """The input is wrong whatever the state; ``faults`` point at each wrong field."""

    title = "提交的内容有误"

    def __init__(self, code: str, detail: str, faults: tuple[Fault, ...] = ()) -> None:
        super().__init__(code, detail)
        self.faults = faults


class Forbidden(Refusal):
    """This caller may not do this, whatever the stage."""

    title = "没有权限"


class Conflict(Refusal):
    """Right input, wrong moment. ``stage`` and ``allowed`` are filled in by :func:`domain.loop.decide`."""

    title = "当前不能这样办理"

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(code, detail)
        self.stage = ""
        self.allowed: tuple[str, ...] = ()


class IllegalTransition(Conflict):
    """The transition table has no such move from the present stage."""

    def __init__(self, detail: str) -> None:
        super().__init__("illegal-transition", detail)
