"""Claims as the desk's tests tell them: filed with their documents, assessed, approved, all by the actions."""

from collections.abc import Mapping, Sequence
from datetime import date

from portal.claims import papers
from portal.claims.approving import approve
from portal.claims.assessing import LineInput, open_assessment, save_assessment, submit_assessment
from portal.claims.assessment_codes import ACCEPTED
from portal.claims.assessment_inputs import shipments_of_claim
from portal.claims.checking import accept_papers
from portal.claims.entries import ShipmentInput
from portal.claims.filing import file_claim
from portal.claims.proposing import newest_assessment
from portal.claims.records import Assessment, Claim, Shipment
from portal.common.instance import Instance
from portal.common.roles import Actor
from portal.ledger.queries import indemnity_of_claim
from portal.programme import service_levels
from portal.programme.calendar_actions import set_level
from portal.scheme.claim_words import Risk
from portal.scheme.money import Money
from tests.appeals.stories import paper, staff
from tests.claims.stories import NOTIFIED, claim_of, claimed
from tests.people import GUAN_LI, QIAN_PEI, SHI_PING, Staff
from tests.policies.stories import on_day
from tests.samples import HARBOUR, Firm

FILED = date(2022, 12, 12)  # a Monday, after the four months of protracted default have passed
ASSESSED = date(2022, 12, 19)
APPROVED = date(2022, 12, 21)
WHY = "核对了合同、提单和付款记录。"


def filed(
    instance: Instance,
    who: Actor,
    obligor_id: str | None = None,
    shipments: Sequence[ShipmentInput] = (),
    on: date = FILED,
    risk: str = Risk.PROTRACTED_DEFAULT,
    firm: Firm = HARBOUR,
    with_papers: bool = True,
    notified_on: date = NOTIFIED,
    **trouble: str,
) -> str:
    """A claim that was filed, with a paper for every needed item unless without; its number."""
    number = claimed(instance, who, obligor_id, shipments, notified_on, risk, firm, **trouble)
    with on_day(on):
        with instance.database.reading() as session:
            missing = papers.missing_items(session, claim_of(instance, number))
        if with_papers:
            for item in missing:
                papers.add_papers(instance, who, number, item, [paper()])
        file_claim(instance, who, number, without=[] if with_papers else missing)
    return number


def papers_waiting(instance: Instance, number: str) -> list[str]:
    """The ids of the papers that count and were not accepted yet."""
    with instance.database.reading() as session:
        items = papers.papers_of(session, claim_of(instance, number))
        return [one.id for item in items for one in item.now if one.accepted_at is None]


def checked(instance: Instance, number: str, on: date = ASSESSED, person: Staff = QIAN_PEI) -> bool:
    """Accept everything that was handed in; whether the claim was proposed at once."""
    with on_day(on):
        return accept_papers(instance, staff(instance, person), number, papers_waiting(instance, number))


def no_fast_lane(instance: Instance) -> None:
    """From today on only claims of a single dollar are small."""
    reference = "承保人来函"
    level = service_levels.FAST_LANE_LIMIT
    set_level(instance, staff(instance, GUAN_LI), level, "1", date(2022, 3, 2), reference)


def all_accepted(instance: Instance, number: str) -> dict[str, LineInput]:
    """Every covered shipment of a claim as it was reported."""
    return {one.id: LineInput(ACCEPTED) for one in own_shipments(instance, number) if not one.outside}


def own_shipments(instance: Instance, number: str) -> list[Shipment]:
    """The shipments of a claim."""
    with instance.database.reading() as session:
        return shipments_of_claim(session, claim_of(instance, number))


def assessed(
    instance: Instance,
    number: str,
    lines: Mapping[str, LineInput] | None = None,
    on: date = ASSESSED,
    person: Staff = QIAN_PEI,
    approver: Staff | None = SHI_PING,
    check: bool = True,
) -> str:
    """Assess a claim, as reported unless lines are given, and hand it over; the hash of the frozen sheet."""
    who = staff(instance, person)
    if check and papers_waiting(instance, number):
        checked(instance, number, on, person)
    with on_day(on):
        if state_of(instance, number) == "assessing":
            version = open_assessment(instance, who, number)
            given = all_accepted(instance, number) if lines is None else lines
            version = save_assessment(instance, who, number, version, given)
            to = staff(instance, approver).id if approver is not None else None
            submit_assessment(instance, who, number, version, to)
    return assessment_of(instance, number).canonical_sha256 or ""


def approved(
    instance: Instance, number: str, on: date = APPROVED, person: Staff = SHI_PING, seen: str | None = None
) -> Claim:
    """Approve what was handed over; the claim afterwards."""
    with on_day(on):
        sheet = seen if seen is not None else assessment_of(instance, number).canonical_sha256 or ""
        approve(instance, staff(instance, person), number, sheet)
    return claim_of(instance, number)


def decided(
    instance: Instance, who: Actor, obligor_id: str | None = None, shipments: Sequence[ShipmentInput] = ()
) -> str:
    """A claim from the notice to its approval; its number."""
    number = filed(instance, who, obligor_id, shipments)
    assessed(instance, number)
    approved(instance, number)
    return number


def assessment_of(instance: Instance, number: str) -> Assessment:
    """The newest assessment of a claim as it stands now."""
    with instance.database.reading() as session:
        found = newest_assessment(session, claim_of(instance, number).id)
        assert found is not None
        return found


def state_of(instance: Instance, number: str) -> str:
    """Where a claim stands."""
    return claim_of(instance, number).state


def standing(instance: Instance, number: str) -> Money:
    """The indemnity that the ledger has of a claim, after reversals."""
    with instance.database.reading() as session:
        return indemnity_of_claim(session, claim_of(instance, number).id)
