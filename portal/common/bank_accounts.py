"""An account as it is typed, and what its bank code and number must look like, whosever account it is."""

from typing import NamedTuple

from portal.common.cells import clean

SHORTEST_ACCOUNT, LONGEST_ACCOUNT = 8, 34
CNAPS, BICS = 12, (8, 11)  # characters of a bank code


class AccountInput(NamedTuple):
    """An account as it was typed, tidied."""

    holder: str
    bank: str
    bank_code: str
    account: str


def tidied(holder: str, bank: str, bank_code: str, account: str) -> AccountInput:
    """What was typed without spaces where none belong; account and code in capitals, without dashes."""
    plain = str.maketrans("", "", " -\N{NO-BREAK SPACE}")
    return AccountInput(
        clean(holder),
        clean(bank),
        clean(bank_code).translate(plain).upper(),
        clean(account).translate(plain).upper(),
    )


def is_bank_code(code: str) -> bool:
    """A CNAPS number of twelve digits, or a BIC."""
    if not code.isascii():
        return False
    return (len(code) == CNAPS and code.isdigit()) or (len(code) in BICS and code.isalnum() and code[:6].isalpha())


def is_account(account: str) -> bool:
    """Digits of a usual length, or an IBAN whose check digits fit."""
    if not (account.isascii() and SHORTEST_ACCOUNT <= len(account) <= LONGEST_ACCOUNT):
        return False
    if account.isdigit():
        return len(set(account)) > 1
    if not (account.isalnum() and account[:2].isalpha() and account[2:4].isdigit()):
        return False
    turned = account[4:] + account[:4]
    return int("".join(str(int(sign, 36)) for sign in turned)) % 97 == 1
