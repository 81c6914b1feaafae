"""The words of an answer: the result in a heading and a sentence, whose turn it is, and what the firm can do."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from flask_babel import gettext as _
from flask_babel import ngettext

from portal.applications.records import Application
from portal.applications.seen import CHECKING, Seen, Told
from portal.applications.sentences import LIST_CODES, rule_title, short_reason
from portal.common import clock, formats
from portal.members.records import Membership
from portal.scheme import findings as codes
from portal.scheme import stages
from portal.scheme.findings import Finding, Verdict
from portal.scheme.money import Money
from portal.scheme.terms import load_terms

REGISTER_CODES = (codes.REGISTERED_IN_MUNICIPALITY, codes.REGISTRATION_ACTIVE, codes.INDEPENDENT_LEGAL_PERSON)
EXPORT_CODES = (codes.EXPORTS_ABOVE_ZERO, codes.EXPORTS_WITHIN_CAP)


@dataclass(frozen=True)
class Result:
    """The heading of the page: `kind` is the look of its panel (pass, refer, fail, others)."""

    kind: str
    title: str
    text: str


@dataclass(frozen=True)
class Turn:
    """Whose turn it is: the firm's (`yours`), ours, or nobody's any more (no title). `due` is until when.

    `confirming`: what is to be done stands on the page of who acts for the firm.
    """

    yours: bool
    title: str
    text: str
    due: date | None = None
    certain: bool = True
    confirming: bool = False

    @property
    def days_left(self) -> int:
        """Whole days until `due`, negative once it is late."""
        return (self.due - clock.today()).days if self.due else 0


@dataclass(frozen=True)
class Way:
    """One thing that would change the result: the question it answers, and what to do."""

    question: str
    text: str


def result_of(application: Application, view: Seen, questioned: Sequence[str]) -> Result:
    """What became of the application, in a heading and a sentence with the number in it."""
    year = application.policy_year
    if _is_held(application, view.state):
        text = _("Every rule is met. Before the policy, staff look at who applied for the firm.")
        return Result("others", _("Staff first look at who applied"), text)
    match view.state:
        case stages.ISSUED:
            number = application.policy_number
            return Result(
                "pass", _("You are insured"), _("Policy %(number)s for %(year)s.", number=number, year=year)
            )
        case stages.ELIGIBLE:
            return Result("pass", _("You can enrol"), _("Every rule is met. The policy follows."))
        case stages.CLEARED:
            return Result(
                "pass", _("You can enrol"), _("A reviewer looked at it and cleared it. The policy follows.")
            )
        case stages.INELIGIBLE:
            return Result("fail", _("You cannot enrol this time"), _reasons(view))
        case stages.REJECTED:
            return Result("fail", _("You cannot enrol this time"), _rejected(view, questioned))
        case stages.REFERRED:
            return Result("others", _("A person looks at your application"), _questions(view))
        case stages.ASKED:
            return Result("refer", _("We need something from you"), _("Then your application goes on."))
        case stages.AWAITING_SOURCE:
            text = _("It is decided by itself as soon as the data is there, as of the day on which you applied.")
            return Result("others", _("Your application waits for data of an authority"), text)
        case stages.LAPSED:
            text = _("It was not decided before the policy year %(year)s ended.", year=year)
            return Result("others", _("This application has lapsed"), text)
        case stages.WITHDRAWN:
            return Result(
                "others", _("This application is withdrawn"), _("You can apply again while enrolment is open.")
            )
        case stages.ANNULLED:
            text = _("Whoever applied was not confirmed to act for the firm. The policy counts as never issued.")
            return Result("others", _("This enrolment is annulled"), text)
        case _:
            text = _("Your application is with us. First it is confirmed who acts for the firm; then it goes on.")
            return Result("others", _("A person looks at your application"), text)


def _is_held(application: Application, state: str) -> bool:
    """Whether no policy follows yet, though it may: who acts for the firm is in question."""
    return application.hold is not None and state in (stages.ELIGIBLE, stages.CLEARED)


def turn_of(
    application: Application,
    view: Seen,
    membership: Membership,
    due: date | None,
    certain: bool,
    appeal_until: date | None,
) -> Turn:
    """Whose turn it is in each state, by when, and what happens without the reader."""
    state, told = view.state, view.told
    nothing = _("You need do nothing.")
    if _is_held(application, state):
        return Turn(False, _("Our turn: you need do nothing"), _("You hear from us as soon as it is decided."))
    match state:
        case stages.ASKED:
            text = _("Until you answer, our clock stands still.")
            return Turn(True, _("Your turn: answer what we ask"), text, due, certain)
        case stages.REFERRED:
            return Turn(False, _("Our turn: you need do nothing"), _("Then you hear the result."), due, certain)
        case stages.AWAITING_SOURCE:
            return Turn(False, _("Our turn: you need do nothing"), _("You hear from us as soon as it is decided."))
        case stages.ELIGIBLE | stages.CLEARED:
            return Turn(False, _("Our turn: the policy follows"), nothing)
        case stages.ISSUED:
            if any(one.verdict is not Verdict.PASS for one in told):
                text = _(
                    "A question below does not change your policy by itself. Staff look at it; you need do "
                    "nothing unless you hear from them."
                )
            else:
                text = _("Read the policy, and confirm that you received it if you have not yet.")
            return Turn(False, "", text)
        case stages.INELIGIBLE | stages.REJECTED if appeal_until is not None:
            text = _("If a fact is wrong, you can appeal until %(date)s.", date=formats.day(appeal_until))
            return Turn(False, "", text)
        case state if state == CHECKING:
            return _confirming(membership, due, certain)
        case _:
            return Turn(False, "", "")


def _confirming(membership: Membership, due: date | None, certain: bool) -> Turn:
    """Follows from who acts for the firm alone, and so says nothing of what is being checked."""
    if membership.state == stages.ASKED:
        text = _("Staff ask you for something about who acts for the firm.")
        return Turn(True, _("Your turn: answer what we ask"), text, confirming=True)
    if membership.state == stages.UNCONFIRMED and membership.licence_id is None:
        text = _("By a code to a telephone that an authority has of the firm, or with the business licence.")
        return Turn(True, _("Your turn: confirm that you act for the firm"), text, confirming=True)
    text = _("Staff look at who acts for the firm. You need do nothing.")
    return Turn(False, _("Our turn: you need do nothing"), text, due, certain, confirming=True)


def ways_of(application: Application, view: Seen) -> list[Way]:
    """What would change a result that says no, each thing once."""
    if view.state not in (stages.INELIGIBLE, stages.REJECTED):
        return []
    wrong = {one.code for one in view.told if one.verdict is not Verdict.PASS}
    on_date = load_terms(application.scheme).on(application.applied_on)
    ways = []
    if wrong.intersection(EXPORT_CODES):
        text = _(
            "For policy year %(next)s the exports of %(base)s count. Apply again then if they fit.",
            next=application.policy_year + 1,
            base=on_date.base_year + 1,
        )
        ways.append(Way(_("Is the figure of customs right?"), text))
    if wrong.intersection(REGISTER_CODES):
        text = _(
            "Have it changed at the registration authority. Once our copy of the registry shows it, apply again."
        )
        ways.append(Way(_("Has the registration changed, or can it?"), text))
    if wrong.intersection(LIST_CODES):
        text = _("Have the entry removed by whoever made it. Once our copy of the list shows it, apply again.")
        ways.append(Way(_("Is the entry about you, and settled?"), text))
    if codes.DECLARATIONS_COMPLETE in wrong:
        ways.append(Way(_("Can you declare everything now?"), _("Apply again and tick each declaration.")))
    return ways


def _reasons(view: Seen) -> str:
    """Each reason in a few words, with the distance where the reader may know it, and how many rules are met."""
    failed, met = view.of(Verdict.FAIL), len(view.of(Verdict.PASS))
    parts = _("; ").join(_reason(one) for one in failed)
    said = _("%(reasons)s.", reasons=parts[:1].upper() + parts[1:])
    if view.checking or view.of(Verdict.REFER) or not met:
        return said
    others = ngettext("The other %(num)s rule is met.", "The other %(num)s rules are met.", met)
    return said + ("" if formats.in_chinese() else " ") + others


def _reason(told: Told) -> str:
    finding = told.finding
    if finding is None:
        return _("not met: %(rule)s", rule=rule_title(told.code))
    if told.code in LIST_CODES:
        return _list_reason(told.code)
    if told.code == codes.EXPORTS_WITHIN_CAP:
        return _over_the_cap(finding)
    return short_reason(finding)


def _list_reason(code: str) -> str:
    if code == codes.FIRM_NOT_LISTED:
        return _("there is a question about the public lists and your firm")
    return _("there is a question about the public lists and your legal representative")


def _over_the_cap(finding: Finding) -> str:
    value = finding.value
    distance = formats.money(Money.of(str(value["distance"]), str(value["currency"])))
    return _("exports in %(year)s are %(distance)s above the cap", year=value["year"], distance=distance)


def _questions(view: Seen) -> str:
    asked = [
        _list_reason(one.code) if one.code in LIST_CODES else rule_title(one.code)
        for one in view.of(Verdict.REFER)
    ]
    return _("What is looked at: %(points)s.", points=_("; ").join(dict.fromkeys(asked))) if asked else ""


def _rejected(view: Seen, questioned: Sequence[str]) -> str:
    """The coded sentence of a rejection: which points a reviewer could not clear, never what staff wrote."""
    points = _("; ").join(_point(one) for one in view.told if one.code in questioned)
    return _("A reviewer looked at this and could not clear it: %(points)s.", points=points)


def _point(told: Told) -> str:
    return _list_reason(told.code) if told.code in LIST_CODES else rule_title(told.code)
