"""Eight approvals at once against one cap, by real threads on both databases: never over it, never a lost one.

`PORTAL_RACE_ROUNDS` sets how many rounds each of them runs; `make race` runs 200.
"""

import os
from threading import local

from flask import Flask
from flask.testing import FlaskClient

from portal.common import clock
from portal.common.audit_check import verify_audit
from portal.common.instance import Instance
from portal.common.roles import Actor
from portal.factory import create_app
from portal.ledger.check import check_caps, check_entries
from portal.payments.check import check_approvals
from tests.appeals.stories import staff
from tests.claims.deciding import APPROVED as APPROVED_ON
from tests.claims.deciding import filed
from tests.claims.racing import APPROVED, SENT_BACK, by_action, races
from tests.claims.stories import insured
from tests.conftest import signed_in
from tests.people import FANG_YUNING, JIANG_YAN, SHI_PING, Staff
from tests.policies.stories import at

ROUNDS = int(os.environ.get("PORTAL_RACE_ROUNDS", "5"))


def approvers(instance: Instance) -> list[Actor]:
    """Two people who approve, so that neither waits for the other's turn."""
    return [staff(instance, SHI_PING), staff(instance, FANG_YUNING)]


def require_sound_ledger(instance: Instance) -> None:
    """The ledger balances, nobody is over a cap, every approval has its two people, and the trail holds."""
    with instance.database.reading() as session:
        assert [*check_entries(session), *check_caps(session), *check_approvals(session)] == []
        assert verify_audit(session).first_break is None


def test_eight_approvals_at_once_never_exceed_the_cap_and_lose_none(either_instance: Instance) -> None:
    like = filed(either_instance, insured(either_instance))
    with clock.fixed(at(APPROVED_ON)):
        assessor = staff(either_instance, JIANG_YAN)
        stood, sent_back = races(
            either_instance, assessor, approvers(either_instance), like, ROUNDS, by_action(either_instance)
        )
    assert stood + sent_back == 8 * ROUNDS
    assert stood >= ROUNDS
    assert sent_back >= ROUNDS
    require_sound_ledger(either_instance)


def test_the_same_through_the_pages_and_nobody_sees_an_error(either_instance: Instance) -> None:
    like = filed(either_instance, insured(either_instance))
    with clock.fixed(at(APPROVED_ON)):
        app = create_app(either_instance.settings)
        app.config.update(TESTING=True, PROPAGATE_EXCEPTIONS=False, WTF_CSRF_ENABLED=False)
        door = Pages(app, either_instance)
        assessor = staff(either_instance, JIANG_YAN)
        races(either_instance, assessor, approvers(either_instance), like, max(2, ROUNDS // 10), door)
        app.extensions["tongbao"].database.engine.dispose()
    require_sound_ledger(either_instance)


class Pages:
    """The page of the desk as a door: each thread has a client of its own for each person."""

    def __init__(self, app: Flask, instance: Instance) -> None:
        self.app = app
        self.people: dict[str, Staff] = {staff(instance, one).id: one for one in (SHI_PING, FANG_YUNING)}
        self.signed_in = local()

    def __call__(self, who: Actor, number: str, seen: str) -> str:
        """Press the button; the answer is the claim's page, or what changed."""
        answer = self._client(who).post(f"/desk/claims/{number}/approve", data={"seen": seen})
        if answer.status_code == 302:
            return APPROVED
        assert answer.status_code == 409, answer.get_data(as_text=True)[:500]
        return SENT_BACK

    def _client(self, who: Actor) -> FlaskClient:
        held: dict[str, FlaskClient] = self.signed_in.__dict__
        if who.id not in held:
            held[who.id] = signed_in(self.app, self.people[who.id])
        return held[who.id]
