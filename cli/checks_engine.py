"""The doctor's checks of the engine: its binary, its address, its workers, and workflows that are stuck."""

from __future__ import annotations

from collections.abc import Iterator

from temporalio.api.enums.v1 import TaskQueueType
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import DescribeNamespaceRequest, DescribeTaskQueueRequest
from temporalio.client import Client
from temporalio.service import RPCError

from cli.checks import Finding, Level
from cli.checks_work import search_attributes, work
from runtime.codec import load_keyring
from runtime.datadir import DataDir
from runtime.engine import find_binary, version
from runtime.errors import EngineMissingError
from runtime.settings import Settings
from runtime.temporal import INTERACTIVE, LOCAL_ADDRESS, RPC_TIMEOUT, connect, target


def binary(settings: Settings) -> Iterator[Finding]:
    """The engine's binary is there and runs."""
    external = "target_host" in target(settings) and target(settings).get("target_host") != LOCAL_ADDRESS
    try:
        found = find_binary(settings)
    except EngineMissingError as error:
        yield Finding(Level.WARN if external else Level.FAIL, error.zh, error.mend)
        return
    yield Finding(Level.OK, f"引擎程序 {found}（{version(found)}）")


async def reachable(settings: Settings) -> list[Finding]:
    """The engine answers, has the namespace, has workers, and nothing is stuck in it."""
    running = DataDir(settings.data_dir).running_engine()
    if running:
        settings = settings.model_copy(update={"engine_address": running})
    where = target(settings)
    if not running and where["target_host"] == LOCAL_ADDRESS and not _may_connect(settings):
        return [Finding(Level.WARN, "引擎没有在运行（未检查工作进程）", "启动：make run")]
    try:
        client = await connect(settings, patience=INTERACTIVE)
        await client.workflow_service.describe_namespace(
            DescribeNamespaceRequest(namespace=client.namespace), timeout=RPC_TIMEOUT
        )
    except (RuntimeError, RPCError) as error:
        reason = "connection refused" if "ConnectionRefused" in str(error) else str(error).split("\n", 1)[0][:160]
        level = Level.FAIL if running or where["target_host"] != LOCAL_ADDRESS else Level.WARN
        return [Finding(level, f"引擎 {where['target_host']} 连接不上", f"make run，或检查 TEMPORAL_*：{reason}")]
    found = [Finding(Level.OK, f"引擎 {where['target_host']} 可用，命名空间 {client.namespace}")]
    return [*found, await _workers(client, settings), await search_attributes(client), *await work(client)]


def _may_connect(settings: Settings) -> bool:
    """Without keys no client can be made; then there is no run either."""
    if settings.codec_keys is None and not settings.key_file.exists():
        return False
    load_keyring(settings)
    return True


async def _workers(client: Client, settings: Settings) -> Finding:
    answer = await client.workflow_service.describe_task_queue(
        DescribeTaskQueueRequest(
            namespace=client.namespace,
            task_queue=TaskQueue(name=settings.task_queue),
            task_queue_type=TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW,
        ),
        timeout=RPC_TIMEOUT,
    )
    if answer.pollers:
        return Finding(Level.OK, f"工作进程在任务队列 {settings.task_queue} 上待命（{len(answer.pollers)} 个）")
    return Finding(
        Level.FAIL,
        f"没有工作进程在任务队列 {settings.task_queue} 上待命",
        f"appeals worker，或查看日志：{settings.logs_dir}/worker.log",
    )
