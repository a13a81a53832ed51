"""The namespace must know a search attribute before a workflow sets it, or its workflow tasks fail.

Therefore a worker makes them known before it works. The embedded engine's own flags do so for a new file only.
"""

from __future__ import annotations

from collections.abc import Mapping

import structlog
from temporalio.api.enums.v1 import IndexedValueType
from temporalio.api.operatorservice.v1 import AddSearchAttributesRequest, ListSearchAttributesRequest
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from runtime.errors import OperatorError

log = structlog.get_logger(__name__)

#: Not for us to do, or no room for more of a kind: another try will not mend it.
_FINAL = frozenset(
    {
        RPCStatusCode.PERMISSION_DENIED,
        RPCStatusCode.UNAUTHENTICATED,
        RPCStatusCode.UNIMPLEMENTED,
        RPCStatusCode.INVALID_ARGUMENT,
        RPCStatusCode.FAILED_PRECONDITION,
    },
)


async def register(client: Client, wanted: Mapping[str, str]) -> None:
    """Makes known what the namespace lacks of ``wanted`` (name to kind). Several workers may do so at once.

    Raises OperatorError: it may not, or a name is already of another kind.
    """
    kinds = {name: IndexedValueType.Value(f"INDEXED_VALUE_TYPE_{kind.upper()}") for name, kind in wanted.items()}
    found = await _known(client)
    if missing := {name: kind for name, kind in kinds.items() if name not in found}:
        request = AddSearchAttributesRequest(namespace=client.namespace, search_attributes=missing)
        try:
            await client.operator_service.add_search_attributes(request)
        except RPCError as error:
            raise _refused(client, {name: wanted[name] for name in missing}, error) from error
        log.info("search_attributes_registered", names=sorted(missing))
        # The engine takes a name of another kind in silence.
        found = await _known(client)
    if other := [name for name, kind in kinds.items() if found.get(name) != kind]:
        raise OperatorError(
            f"命名空间 {client.namespace} 里的检索属性类型不符：{'、'.join(other)}。",
            f"The namespace {client.namespace} has search attributes of another kind: {', '.join(other)}.",
            ", ".join(f"{name}: {wanted[name]}" for name in other),
        )


async def _known(client: Client) -> Mapping[str, IndexedValueType.ValueType]:
    request = ListSearchAttributesRequest(namespace=client.namespace)
    return (await client.operator_service.list_search_attributes(request)).custom_attributes


def _refused(client: Client, missing: Mapping[str, str], error: RPCError) -> Exception:
    """What only the operator can mend, in words; what may pass, as it came."""
    if error.status not in _FINAL:
        return error
    commands = [
        f"temporal operator search-attribute create --namespace {client.namespace} --name {name} --type {kind}"
        for name, kind in missing.items()
    ]
    return OperatorError(
        f"不能在命名空间 {client.namespace} 登记检索属性：{error.message}",
        f"Cannot register search attributes in the namespace {client.namespace} ({error.status.name}).",
        "\n".join(["由 Temporal 管理员执行 / for an administrator of Temporal:", *commands]),
    )
