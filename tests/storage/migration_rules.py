"""What a migration may do while the release before is reading and writing (docs/changing-workflows.md)."""

from __future__ import annotations

import ast

#: What a migration may ask of Alembic. Anything else would lock a table for longer, rewrite it, or take away what the
#: release before still reads.
MAY = frozenset({"create_table", "add_column", "create_index", "drop_index", "get_context"})


def flaws(source: str) -> list[str]:
    """What the migration's ``upgrade`` does that it may not, each with its line."""
    tree = ast.parse(source)
    # `downgrade` is for a developer's own database.
    body = [n for n in tree.body if not (isinstance(n, ast.FunctionDef) and n.name == "downgrade")]
    calls = [n for part in body for n in ast.walk(part) if isinstance(n, ast.Call) and _op(n)]
    new = {_table(c) for c in calls if _op(c) == "create_table"}
    beside = {id(c) for part in body for block in ast.walk(part) if _is_beside(block) for c in ast.walk(block)}
    found = [flaw for c in calls if (flaw := _flaw(c, new, beside=id(c) in beside))]
    if beside and any(id(c) not in beside for c in calls if _op(c) != "get_context"):
        # What stands before the block is committed by it: done, and not known to be done, when the block fails.
        found.append("an index that is built beside readers needs a migration of its own")
    return found


def _flaw(call: ast.Call, new: set[str], *, beside: bool) -> str:
    name, said = _op(call), {k.arg: k.value for k in call.keywords}
    where = f"line {call.lineno}: op.{name}"
    if name not in MAY:
        return f"{where} is not among {', '.join(sorted(MAY))}"
    if name in {"create_index", "drop_index"} and _table(call, 1) not in new:
        if not beside or not _true(said.get("postgresql_concurrently")):
            return f"{where} on a table in use: postgresql_concurrently, in an autocommit_block"
        if name == "drop_index" and not _true(said.get("if_exists")):
            return f"{where}: if_exists"
    if name == "add_column" and _table(call) not in new:
        column = {k.arg: k.value for k in call.args[1].keywords} if isinstance(call.args[1], ast.Call) else {}
        if not _true(column.get("nullable")) and "server_default" not in column:
            return f"{where} on a table in use: nullable, or a server_default"
    return ""


def _op(call: ast.Call) -> str:
    at = call.func
    return at.attr if isinstance(at, ast.Attribute) and isinstance(at.value, ast.Name) and at.value.id == "op" else ""


def _is_beside(node: ast.AST) -> bool:
    return isinstance(node, ast.With) and any("autocommit_block" in ast.dump(i.context_expr) for i in node.items)


def _table(call: ast.Call, position: int = 0) -> str:
    given = call.args[position] if len(call.args) > position else None
    return given.value if isinstance(given, ast.Constant) and isinstance(given.value, str) else ""


def _true(node: ast.expr | None) -> bool:
    return isinstance(node, ast.Constant) and node.value is True
