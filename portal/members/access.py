"""What pages ask of who acts for a firm."""

from flask import abort

from portal.common import roles
from portal.common.web import actor, reading
from portal.members.blueprint import members
from portal.members.queries import membership, memberships_of
from portal.members.records import Membership
from portal.scheme import stages


def my_membership(uscc: str) -> Membership:
    """How whoever asks acts for this firm; there is no such page (404) for anybody else."""
    found = membership(reading(), actor().id, uscc)
    if found is None:
        abort(404)
    return found


def my_confirmed_membership(uscc: str) -> Membership:
    """The same, for pages that only a confirmed member has."""
    found = my_membership(uscc)
    if found.state != stages.CONFIRMED:
        abort(404)
    return found


@members.app_context_processor
def firms_of_reader() -> dict[str, object]:
    """Every page of an exporter may name the firms that its reader acts for."""
    who = actor()
    return {"my_firms": memberships_of(reading(), who.id) if who.role in roles.APPLIES else []}
