"""The JSON Schema of a service file, made of the typed model: for editors, which show what each field means."""

from __future__ import annotations

import json
from typing import Any

from pydantic import ConfigDict, create_model

from domain.service import Service
from domain.table import TABLE
from domain.vocabulary import Action

_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_TOLD = ConfigDict(extra="forbid", use_attribute_docstrings=True)


def service_schema() -> dict[str, Any]:
    """The schema with the words that stand below each field of the model."""
    made = create_model("File", __config__=_TOLD, content=(Service, ...)).model_json_schema()
    shapes = made["$defs"]
    shapes["StepOutcome"]["properties"]["clocks"]["enum"] = list(TABLE[Action.COMPLETE_STEP].moves)
    whole = shapes.pop("Service")
    return {"$schema": _DIALECT, **whole, "title": "服务事项", "$defs": shapes}


def written() -> str:
    """As it is published in ``catalogue/schema/service.json``."""
    return json.dumps(service_schema(), ensure_ascii=False, indent=2) + "\n"
