"""What an exporter's firms are warned of, with the report prefilled."""

from flask import render_template

from portal.common import roles
from portal.common.web import actor, open_to, reading
from portal.members.queries import memberships_of
from portal.obligors.identifiers import country_name
from portal.scheme import stages
from portal.warnings import names, queries
from portal.warnings.blueprint import warnings


@warnings.get("/my/warnings")
@open_to(*roles.APPLIES)
def my_warnings() -> str:
    """By firm, the buyers that an event or a confirmed concern touches.

    Whoever is not confirmed to act for a firm sees what touches the buyers that they added themselves.
    """
    mine = memberships_of(reading(), actor().id)
    found = queries.warnings_of(reading(), [one.uscc for one in mine])
    seen = {one.uscc: one.state == stages.CONFIRMED for one in mine}
    by_firm = {
        one: [w for w in found if w.uscc == one.uscc and (seen[one.uscc] or w.buyer.added_by == actor().id)]
        for one in mine
    }
    return render_template(
        "warnings/my_warnings.html",
        by_firm={firm: told for firm, told in by_firm.items() if told},
        measure_name=names.measure_name,
        concern=names.concern_sentence(),
        country_name=country_name,
    )
