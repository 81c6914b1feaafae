"""The account that the firm gave with an assignment, for whoever compares it with the deed."""

from typing import Any

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from portal.claims.payees import shown_payee
from portal.claims.records import Assignment, Payee
from portal.common.people import People


def assigned_account(
    session: Session, people: People, assignment: Assignment | None, whole: str | None = None
) -> list[dict[str, Any]]:
    """Its rows, none without an assignment; of the number only the last places unless it was asked for whole."""
    if assignment is None:
        return []
    account = shown_payee(people, session.get_one(Payee, assignment.payee_id))
    number = whole or ("*" + account["ends"] if account["ends"] else _("erased"))
    rows: list[dict[str, Any]] = [
        {"label": _("Account holder"), "value": account["holder"] or _("erased")},
        {"label": _("Bank and branch"), "value": account["bank"] or _("erased")},
        {"label": _("Account number"), "value": number, "code": True},
    ]
    if account["bank_code"]:
        rows.insert(2, {"label": _("Bank code"), "value": account["bank_code"], "code": True})
    return rows
