"""Static files: compressed once, and kept by browsers as long as what they hold does not change."""

from __future__ import annotations

import gzip
import hashlib
from functools import lru_cache
from http import HTTPStatus
from pathlib import Path
from typing import Final

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

FOLDER: Final = Path(__file__).parent.parent / "web" / "static"
_WORTH_IT: Final = frozenset({".css", ".js", ".svg", ".json", ".txt"})
_FOR_EVER: Final = "public, max-age=31536000, immutable"
_ASK_AGAIN: Final = "no-cache"


class Static(StaticFiles):
    """The files of :data:`FOLDER`. An address that names a file's content (:func:`asset`) may be kept for ever."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """The framework's hook: the file at ``path``."""
        answer = await super().get_response(path, scope)
        if answer.status_code >= HTTPStatus.BAD_REQUEST:
            return answer
        file = Path(str(self.directory)) / path
        # While a release is rolled out, a page of the new one asks the old one too: that must not stay for ever.
        is_named = scope["query_string"].decode("latin-1") == f"v={_digest(file, file.stat().st_mtime_ns)}"
        answer.headers["Cache-Control"] = _FOR_EVER if is_named else _ASK_AGAIN
        takes = "gzip" in Headers(scope=scope).get("accept-encoding", "")
        if answer.status_code != HTTPStatus.OK or file.suffix not in _WORTH_IT or not takes:
            return answer
        headers = {k: v for k, v in answer.headers.items() if k not in {"content-length", "accept-ranges"}}
        headers |= {"Content-Encoding": "gzip", "Vary": "Accept-Encoding"}
        return Response(_compressed(file, file.stat().st_mtime_ns), headers=headers)


def asset(path: str) -> str:
    """The address of a static file, with what it holds: a changed file is another address."""
    file = FOLDER / path
    return f"/static/{path}?v={_digest(file, file.stat().st_mtime_ns)}"


@lru_cache(256)
def _compressed(file: Path, _changed_at: int) -> bytes:
    return gzip.compress(file.read_bytes(), mtime=0)


@lru_cache(256)
def _digest(file: Path, _changed_at: int) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()[:12]
