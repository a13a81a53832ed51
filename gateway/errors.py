"""Why the engine has not answered. Each means "perhaps": the same request with the same key may be sent again."""

from __future__ import annotations


class GatewayError(Exception):
    """The engine has not said yes or no. ``code`` is stable, ``detail`` a Chinese sentence."""

    code = "engine-away"
    detail = "办理引擎暂时不可用，请稍后用同一幂等键重试"

    def __init__(self) -> None:
        super().__init__(self.code)


class EngineAway(GatewayError):  # noqa: N818 - an answer, named as it is told
    """The engine cannot be reached."""


class WritePending(GatewayError):  # noqa: N818 - as above
    """Accepted perhaps, but not written within the time a person waits."""

    code = "write-pending"
    detail = "已提交，正在写入，请稍后用同一幂等键查询结果"


class NotStarted(GatewayError):  # noqa: N818 - as above
    """Intake has kept it, the engine does not have it yet."""

    code = "engine-away"
    detail = "诉求已收存，尚待启动办理，请稍后重试"
