"""`appeals account`: who may sign in. Made at the machine, because nobody can sign in before the first is there."""

from __future__ import annotations

import asyncio
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, TypeVar

import typer
from rich.markup import escape
from rich.table import Table

from cli.database import writing
from cli.words import ERR, OUT, in_words
from domain.vocabulary import Role
from runtime.errors import OperatorError

if TYPE_CHECKING:
    from runtime.settings import Settings
    from storage.accounts import Account
    from storage.database import Write

T = TypeVar("T")

app = typer.Typer(help="账号与密钥 / accounts and their keys", no_args_is_help=True)

_CODE: Final = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
_LONGEST_NAME: Final = 100
_ALONE: Final = frozenset({Role.ENTERPRISE, Role.SYSTEM})
"""Who is one of these is nothing else, and in no unit."""

CodeArgument = Annotated[
    str, typer.Argument(help="账号代码:小写字母、数字、. _ -;会出现在日志里,用工号,不用姓名 / its code: no name")
]
DataDirOption = Annotated[Path | None, typer.Option("--data-dir", help="数据目录 / data directory", show_default=False)]


@app.command()
def add(
    code: CodeArgument,
    name: Annotated[str, typer.Option("--name", help="姓名或单位名称 / what people read")],
    role: Annotated[list[Role], typer.Option("--role", help="角色,可多次给出 / may be repeated")],
    unit: Annotated[str | None, typer.Option("--unit", help="所属单位代码 / its unit", show_default=False)] = None,
    uscc: Annotated[
        str | None, typer.Option("--uscc", help="企业的统一社会信用代码 / of an enterprise", show_default=False)
    ] = None,
    data_dir: DataDirOption = None,
) -> None:
    """建立账号;密钥只显示这一次 / a new account; its key is shown this once."""
    from storage.accounts import Account

    with in_words():
        settings = _settings(data_dir)
        account = Account(code, name.strip(), tuple(dict.fromkeys(role)), unit, uscc)
        if faults := _faults(settings, account):
            raise OperatorError("账号没有建立。", "No account was made.", "\n".join(faults))
        key = asyncio.run(writing(settings, lambda w: _add(w, account)))
        _show(key)


@app.command()
def key(code: CodeArgument, data_dir: DataDirOption = None) -> None:
    """换一把新密钥,原有密钥随即失效 / a new key in place of those it had."""
    with in_words():
        _show(asyncio.run(writing(_settings(data_dir), lambda w: _renew(w, code))))


@app.command()
def close(code: CodeArgument, data_dir: DataDirOption = None) -> None:
    """停用账号及其密钥;它办过的事仍在流水里 / nobody signs in by it any more; what it did stays in the journals."""
    with in_words():
        asyncio.run(writing(_settings(data_dir), lambda w: _close(w, code)))
        OUT.print(f"账号 {escape(code)} 已停用,几秒内生效 / closed, within seconds", soft_wrap=True)


@app.command("list")
def list_(data_dir: DataDirOption = None) -> None:
    """列出在用账号 / the accounts in use."""
    from storage.accounts import Accounts

    with in_words():
        found = asyncio.run(writing(_settings(data_dir), lambda w: Accounts(w).all()))
        table = Table()
        for head in ("账号 / code", "名称 / name", "角色 / roles", "单位 / unit"):
            table.add_column(head, overflow="fold")
        for one in found:
            table.add_row(*map(escape, (one.code, one.name, ", ".join(one.roles), one.unit or one.uscc or "")))
        OUT.print(table if found else "还没有账号 / there is none yet: appeals account add")


def _settings(data_dir: Path | None) -> Settings:
    """Raises OperatorError: there is no database of this version."""
    from cli import prepare
    from runtime.settings import Settings

    settings = Settings.load(data_dir=data_dir)
    prepare.check_version(settings)
    return settings


# --------------------------------------------------------------------------------------------------------- what is done


async def _add(w: Write, account: Account) -> str:
    from storage.accounts import AccountsWriter

    accounts = AccountsWriter(w)
    if await accounts.get(account.code) is not None:
        raise OperatorError(
            f"账号“{account.code}”已经有了。",
            "There is such an account already.",
            f"appeals account key {account.code}",
        )
    await accounts.upsert(account)
    return await _new_key(w, account.code, "add", {"roles": list(account.roles), "unit": account.unit})


async def _renew(w: Write, code: str) -> str:
    await _known(w, code)
    return await _new_key(w, code, "key", {})


async def _new_key(w: Write, code: str, done: str, detail: dict[str, Any]) -> str:
    from storage.accounts import AccountsWriter, new_key

    key = new_key()
    await AccountsWriter(w).drop_keys(code)
    await AccountsWriter(w).add_key(code, key, datetime.now(UTC))
    await _audit(w, code, done, detail)
    return key


async def _close(w: Write, code: str) -> None:
    from storage.accounts import AccountsWriter

    account = await _known(w, code)
    await AccountsWriter(w).upsert(account, active=False)
    await AccountsWriter(w).drop_keys(code)
    await _audit(w, code, "close", {})


async def _known(w: Write, code: str) -> Account:
    from storage.accounts import Accounts

    account = await Accounts(w).get(code)
    if account is None:
        raise OperatorError(f"没有账号“{code}”,或已停用。", "There is no such account in use.", "appeals account list")
    return account


async def _audit(w: Write, code: str, done: str, detail: dict[str, Any]) -> None:
    """Who sits at the machine has no account: the line says whose account it was, not who did it."""
    from storage.audit import add_line, audit_row

    row = audit_row(
        at=datetime.now(UTC), account=None, kind="account", number=None, code=done, detail={"account": code, **detail}
    )
    await add_line(w, row)


def _show(key: str) -> None:
    """Alone on standard output, so that it can go where it is to be kept."""
    ERR.print("密钥只显示这一次,请交给本人或存入系统 / shown this once: Authorization: Bearer …", soft_wrap=True)
    OUT.print(key, markup=False, soft_wrap=True)


# ------------------------------------------------------------------------------------------------------- what it may be


def _faults(settings: Settings, account: Account) -> list[str]:
    faults = []
    if not _CODE.fullmatch(account.code):
        faults.append("代码只含小写字母、数字、. _ -,不超过64个 / code: small letters, digits, . _ -, at most 64")
    if not account.name.isprintable() or not 0 < len(account.name) <= _LONGEST_NAME:
        faults.append(f"--name: 1至{_LONGEST_NAME}字,一行 / one line")
    if len(account.roles) > 1 and _ALONE & set(account.roles):
        faults.append("--role: enterprise 与 system 不与其他角色同用 / each of these goes alone")
    return faults + _faults_of_place(settings, account)


def _faults_of_place(settings: Settings, account: Account) -> list[str]:
    """An enterprise has its code, staff a unit, a system neither."""
    from domain.identity import uscc_fault

    outside = bool(_ALONE & set(account.roles))
    faults = []
    if Role.ENTERPRISE in account.roles:
        fault = uscc_fault(account.uscc or "")
        faults += [f"--uscc: {fault}"] if fault else []
    elif account.uscc is not None:
        faults.append("--uscc: 只用于企业 / of an enterprise only")
    if outside and account.unit is not None:
        faults.append("--unit: 企业和系统不属于任何单位 / of staff only")
    elif not outside and account.unit not in (units := _units(settings)):
        faults.append(f"--unit: 应为其中之一 / one of {', '.join(units)}")
    return faults


def _units(settings: Settings) -> list[str]:
    from storage.organisation import Organisation
    from storage.yaml_file import BadCatalogue

    try:
        return [entry.unit.code for entry in Organisation.load(settings.catalogue_dir).units()]
    except BadCatalogue as error:
        raise OperatorError("目录有误。", "The catalogue has faults.", "\n".join(error.faults)) from None
