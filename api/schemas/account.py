"""Bodies and answers of what a person manages of their own account: personal tokens, the password."""

from __future__ import annotations

from typing import Any

from api.rights import SCOPES, Scope
from api.schemas.answers import MOMENT, TEXT, items, many, maybe, shape, words
from domain.schemas import Schema, body

_SCOPES: Schema = {
    "type": "array",
    "title": "范围；null 为不限：" + "；".join(f"{scope} {title}" for scope, title in SCOPES.items()),
    "items": {"type": "string", "enum": [scope.value for scope in Scope]},
    "minItems": 1,
    "uniqueItems": True,
}
TOKEN: Schema = body(
    {
        "name": {"type": "string", "title": "名称（用途）", "minLength": 1, "maxLength": 100},
        "scopes": {"anyOf": [_SCOPES, {"type": "null"}]},
        "expires_at": {"type": "string", "format": "date-time", "title": "到期时间，最多一年"},
    },
)
_PASSWORD: Schema = {"type": "string", "minLength": 1, "maxLength": 200}
PASSWORD: Schema = body({"old": {**_PASSWORD, "title": "原密码"}, "new": {**_PASSWORD, "title": "新密码"}})
TOKEN_EXAMPLE: dict[str, Any] = {
    "name": "报表脚本",
    "scopes": ["read"],
    "expires_at": "2027-01-31T00:00:00+08:00",
}
_FIELDS: dict[str, Schema] = {
    "id": TEXT,
    "name": TEXT,
    "scopes": maybe(many(words(Scope))),
    "created_at": MOMENT,
    "expires_at": maybe(MOMENT),
    "last_used_at": maybe(MOMENT),
}
#: By name, as the document has them.
SHAPES: dict[str, Schema] = {
    "TokenBody": TOKEN,
    "PasswordBody": PASSWORD,
    "Token": shape(**_FIELDS),
    "Tokens": items("Token"),
    "NewToken": shape(**_FIELDS, token=TEXT),
}
