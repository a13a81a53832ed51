"""`appeals account`: who may sign in. Made at the machine, because nobody can sign in before the first is there."""

from __future__ import annotations

import asyncio
import secrets
import sys
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

_SIGNS: Final = "abcdefghjkmnpqrstuvwxyz23456789"
_KEY_ONCE: Final = "密钥只显示这一次，请交给本人或存入系统 / shown this once: Authorization: Bearer …"

CodeArgument = Annotated[
    str, typer.Argument(help="账号代码：小写字母、数字、. _ -；会出现在日志里，用工号，不用姓名 / its code: no name")
]
DataDirOption = Annotated[Path | None, typer.Option("--data-dir", help="数据目录 / data directory", show_default=False)]


@app.command()
def add(
    code: CodeArgument,
    name: Annotated[str, typer.Option("--name", help="姓名或单位名称 / what people read")],
    role: Annotated[list[Role], typer.Option("--role", help="角色，可多次给出 / may be repeated")],
    unit: Annotated[str | None, typer.Option("--unit", help="所属单位代码 / its unit", show_default=False)] = None,
    uscc: Annotated[
        str | None, typer.Option("--uscc", help="企业的统一社会信用代码 / of an enterprise", show_default=False)
    ] = None,
    data_dir: DataDirOption = None,
) -> None:
    """建立账号；密钥只显示这一次 / a new account; its key is shown this once."""
    from cli.account_faults import faults_of
    from storage.accounts import Account

    with in_words():
        settings = _settings(data_dir)
        account = Account(code, name.strip(), tuple(dict.fromkeys(role)), unit, uscc)
        if faults := faults_of(settings, account):
            raise OperatorError("账号没有建立。", "No account was made.", "\n".join(faults))
        key = asyncio.run(writing(settings, lambda w: _add(w, account)))
        _show(key, _KEY_ONCE)


@app.command()
def key(code: CodeArgument, data_dir: DataDirOption = None) -> None:
    """换一把新密钥，原有密钥随即失效 / a new key in place of those it had."""
    with in_words():
        _show(asyncio.run(writing(_settings(data_dir), lambda w: _renew(w, code))), _KEY_ONCE)


@app.command()
def password(
    code: CodeArgument,
    generate: Annotated[bool, typer.Option("--generate", help="生成一个 / make one up, and print it")] = False,
    data_dir: DataDirOption = None,
) -> None:
    """设置登录密码，并解除锁定、结束已有登录 / a password to sign in with; unlocks, and ends open sessions."""
    with in_words():
        settings = _settings(data_dir)
        # Looked up first: nobody types a password twice to hear that there is no such account.
        account = asyncio.run(writing(settings, lambda w: _known(w, code)))
        chosen = _made_up() if generate else _asked_for()
        asyncio.run(_set_password(settings, account, chosen))
        if generate:
            _show(chosen, "密码只显示这一次，请交给本人，由其登录后修改 / shown this once")
        else:
            OUT.print(f"账号 {escape(code)} 的密码已设置 / the password is set", soft_wrap=True)


@app.command()
def close(code: CodeArgument, data_dir: DataDirOption = None) -> None:
    """停用账号及其密钥、密码、登录；它办过的事仍在流水里 / nobody signs in by it; what it did stays in the journals."""
    with in_words():
        asyncio.run(writing(_settings(data_dir), lambda w: _close(w, code)))
        OUT.print(f"账号 {escape(code)} 已停用，几秒内生效 / closed, within seconds", soft_wrap=True)


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
    from storage.passwords import PasswordsWriter
    from storage.sessions import SessionsWriter

    account = await _known(w, code)
    await AccountsWriter(w).upsert(account, active=False)
    await AccountsWriter(w).drop_keys(code)
    await PasswordsWriter(w).drop(code)
    await SessionsWriter(w).end_all(code)
    await _audit(w, code, "close", {})


async def _known(w: Write, code: str) -> Account:
    from storage.accounts import Accounts

    account = await Accounts(w).get(code)
    if account is None:
        raise OperatorError(f"没有账号“{code}”，或已停用。", "There is no such account in use.", "appeals account list")
    return account


async def _audit(w: Write, code: str, done: str, detail: dict[str, Any]) -> None:
    """Who sits at the machine has no account: the line says whose account it was, not who did it."""
    from storage.audit import add_line, audit_row

    row = audit_row(
        at=datetime.now(UTC), account=None, kind="account", number=None, code=done, detail={"account": code, **detail}
    )
    await add_line(w, row)


def _show(secret: str, once: str) -> None:
    """Alone on standard output, so that it can go where it is to be kept."""
    ERR.print(once, soft_wrap=True)
    OUT.print(secret, markup=False, soft_wrap=True)


async def _set_password(settings: Settings, account: Account, chosen: str) -> None:
    """Raises OperatorError: it is no password."""
    from storage.passwords import fault_of, hashed

    if wrong := fault_of(chosen, account.code, account.name):
        raise OperatorError("密码没有设置。", "The password was not set.", wrong)
    kept = await hashed(chosen)
    await writing(settings, lambda w: _keep_password(w, account.code, kept))


async def _keep_password(w: Write, code: str, kept: str) -> None:
    from storage.passwords import PasswordsWriter
    from storage.sessions import Failures, SessionsWriter

    await PasswordsWriter(w).set(code, kept, datetime.now(UTC))
    await Failures(w).forget(code)
    await SessionsWriter(w).end_all(code)
    await _audit(w, code, "password", {})


def _asked_for() -> str:
    """Typed twice by whoever sits there; else the first line of what comes in."""
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    return str(typer.prompt("新密码 / new password", hide_input=True, confirmation_prompt=True))


def _made_up() -> str:
    """Sixteen signs that nobody takes for each other, in fours."""
    signs = [secrets.choice(_SIGNS) for _ in range(16)]
    return "-".join("".join(signs[n : n + 4]) for n in range(0, 16, 4))
