"""What an account may be: its code, its name, its roles, and where it belongs."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from domain.vocabulary import Role
from runtime.errors import OperatorError

if TYPE_CHECKING:
    from runtime.settings import Settings
    from storage.accounts import Account

_CODE: Final = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
_LONGEST_NAME: Final = 100
_ALONE: Final = frozenset({Role.ENTERPRISE, Role.SYSTEM})
"""Who is one of these is nothing else, and in no unit."""


def faults_of(settings: Settings, account: Account) -> list[str]:
    """What is wrong with an account that somebody wants to make; nothing when it may be made."""
    faults = []
    if not _CODE.fullmatch(account.code):
        faults.append("代码只含小写字母、数字、. _ -，不超过64个 / code: small letters, digits, . _ -, at most 64")
    if not account.name.isprintable() or not 0 < len(account.name) <= _LONGEST_NAME:
        faults.append(f"--name：1至{_LONGEST_NAME}字，一行 / one line")
    if len(account.roles) > 1 and _ALONE & set(account.roles):
        faults.append("--role：enterprise 与 system 不与其他角色同用 / each of these goes alone")
    return faults + _faults_of_place(settings, account)


def _faults_of_place(settings: Settings, account: Account) -> list[str]:
    """An enterprise has its code, staff a unit, a system neither."""
    from domain.identity import uscc_fault

    outside = bool(_ALONE & set(account.roles))
    faults = []
    if Role.ENTERPRISE in account.roles:
        fault = uscc_fault(account.uscc or "")
        faults += [f"--uscc：{fault}"] if fault else []
    elif account.uscc is not None:
        faults.append("--uscc：只用于企业 / of an enterprise only")
    if outside and account.unit is not None:
        faults.append("--unit：企业和系统不属于任何单位 / of staff only")
    elif not outside and account.unit not in (units := _units(settings)):
        faults.append(f"--unit：应为其中之一 / one of {', '.join(units)}")
    return faults


def _units(settings: Settings) -> list[str]:
    from storage.organisation import Organisation
    from storage.yaml_file import BadCatalogue

    try:
        return [entry.unit.code for entry in Organisation.load(settings.catalogue_dir).units()]
    except BadCatalogue as error:
        raise OperatorError("目录有误。", "The catalogue has faults.", "\n".join(error.faults)) from None
