"""Reading a data file strictly: every mistake is told with its file and field."""

from __future__ import annotations

import json
from collections.abc import Hashable
from pathlib import Path
from typing import Any, TypeVar, cast

import yaml
from pydantic import ConfigDict, ValidationError, create_model

T = TypeVar("T")


class BadCatalogue(Exception):  # noqa: N818 - an answer to whoever wrote the file
    """Files of the catalogue that cannot be used; ``faults`` name file, field and reason, all of them at once."""

    code = "bad-catalogue"

    def __init__(self, faults: list[str]) -> None:
        super().__init__("; ".join(faults))
        self.faults = faults


#: libyaml's, where PyYAML was built with it: ten times as fast, and sixty services are read at every start.
_Safe: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Loader(_Safe):  # type: ignore[misc,valid-type]
    """YAML without its traps: dates stay the text that was written, and a key written twice is a mistake."""


def _mapping(loader: _Loader, node: yaml.MappingNode) -> dict[Hashable, Any]:
    seen: set[Hashable] = set()
    for key_node, _ in node.value:
        key = loader.construct_object(key_node)
        if key in seen:
            raise yaml.constructor.ConstructorError(None, None, f"key written twice: {key}", key_node.start_mark)
        seen.add(key)
    loader.flatten_mapping(node)
    return cast("dict[Hashable, Any]", loader.construct_mapping(node, deep=True))


_Loader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _mapping)
_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


# It holds for the dataclasses inside, too, which have no configuration of their own.
_STRICT = ConfigDict(extra="forbid", strict=True)
_MODELS: dict[type[Any], Any] = {}


def read_file(path: Path, shape: type[T]) -> T:
    """The file's content as a dataclass of this shape. Raises BadCatalogue."""
    try:
        content = yaml.load(path.read_text(encoding="utf-8"), Loader=_Loader)  # noqa: S506 - a SafeLoader, made stricter
        text = json.dumps({"content": content}, allow_nan=False)
    except (OSError, ValueError, TypeError, yaml.YAMLError) as error:
        raise BadCatalogue([f"{path.name}: cannot be read: {' '.join(str(error).split())}"]) from error
    if shape not in _MODELS:
        # Making it costs more than reading a file.
        _MODELS[shape] = create_model("File", __config__=_STRICT, content=(shape, ...))
    try:
        # By way of JSON: strict there still lets a list become a tuple, and a word a member of its enumeration.
        file: Any = _MODELS[shape].model_validate_json(text)
    except ValidationError as error:
        faults = [f"{path.name}: {_place(e['loc'][1:])}: {e['msg']}" for e in error.errors()]
        raise BadCatalogue(faults) from error
    return cast("T", file.content)


def _place(location: tuple[int | str, ...]) -> str:
    return ".".join(str(part) for part in location) or "(whole file)"
