"""Whose turn it is with a firm, what is to be done and by when, in the reader's words."""

from dataclasses import dataclass
from datetime import date, datetime

from flask import url_for
from flask_babel import gettext as _

from portal.applications.seen import CHECKING
from portal.common import clock, formats
from portal.policies.home import APPEAL, APPLICATION, MEMBERSHIP, Asked, Standing
from portal.scheme import stages

YOURS, OTHERS, PASS, FAIL, NOBODY = "yours", "others", "pass", "fail", "nobody"


@dataclass(frozen=True)
class Turn:
    """Whose turn it is: `kind` is one of the words above. `url` and `action` are the one next step, if any."""

    kind: str
    title: str
    text: str
    url: str | None = None
    action: str | None = None


@dataclass(frozen=True)
class ShownFirm:
    """One firm on its members' first page: how it stands, whose turn it is, and what else can be done."""

    standing: Standing
    turn: Turn
    more: list[tuple[str, str]]


def shown_firm(standing: Standing, today: date) -> ShownFirm:
    """A firm with its turn and the further steps that its member can take."""
    turn = turn_of(standing, today)
    member = standing.member
    more: list[tuple[str, str]] = []
    if _new_year(standing) and turn.kind == YOURS:
        more.append((_again_words(standing), _apply_url(standing)))
    if standing.policy:
        unread = standing.policy.state == stages.IN_FORCE and standing.policy.policy.acknowledged_on is None
        policy = _("Read the policy and acknowledge it") if unread else _("Policy")
        more.append((policy, _policy_url(standing)))
        more.append(
            (_("Buyers, and reporting that one does not pay"), url_for("claims.my_buyers", uscc=member.uscc))
        )
    more += [(one.name, one.url) for one in standing.cases]
    if standing.application:
        number = standing.application.number
        more.append((_("Application %(number)s", number=number), _application_url(number)))
    unconfirmed = member.state == stages.UNCONFIRMED
    people = _("Confirm that you act for the firm") if unconfirmed else _("Firm and people")
    more.append((people, url_for("members.my_firm", uscc=member.uscc)))
    return ShownFirm(standing, turn, [(words, url) for words, url in more if url != turn.url])


def turn_of(standing: Standing, today: date) -> Turn:
    """The one thing that matters now, the reader's own turn before anybody else's."""
    policy = standing.policy
    if standing.asked is not None:
        return _asked(standing, standing.asked)
    first = next(iter(standing.cases), None)
    if first is not None and first.yours:
        return Turn(YOURS, first.title, first.text, first.url, first.action)
    if policy and policy.state == stages.IN_FORCE and policy.policy.acknowledged_on is None:
        return Turn(
            YOURS,
            _("Your turn: read the policy and acknowledge it"),
            _("Cover began on %(day)s and does not stop for it.", day=formats.day(policy.policy.starts_on)),
            _policy_url(standing),
            _("Read and acknowledge"),
        )
    if standing.draft is not None and standing.window is not None:
        return Turn(
            YOURS,
            _("Your turn: go on with the application"),
            _saved(standing.draft.saved_at, today),
            _apply_url(standing),
            _("Go on"),
        )
    if _new_year(standing):
        return _apply(standing)
    other = Turn(OTHERS, first.title, first.text, first.url, first.action) if first is not None else None
    return (
        _appeal(standing, today)
        or _application(standing, today)
        or other
        or _insured(standing)
        or _apply(standing)
    )


def _new_year(standing: Standing) -> bool:
    """Whether the firm may apply for a later policy year than it last did: until it does it has no cover."""
    application, window = standing.application, standing.window
    return application is not None and window is not None and application.policy_year < window.policy_year


def _again_words(standing: Standing) -> str:
    assert standing.window is not None  # it is a new year
    year = standing.window.policy_year
    if standing.policy is not None and standing.policy.state == stages.ENDED:
        return _("Cover has ended: apply for %(year)s", year=year)
    return _("Apply for %(year)s", year=year)


def _asked(standing: Standing, asked: Asked) -> Turn:
    member = standing.member
    urls = {
        APPLICATION: lambda: _application_url(asked.number),
        APPEAL: lambda: url_for("appeals.my_appeal", number=asked.number),
        MEMBERSHIP: lambda: url_for("members.my_firm", uscc=member.uscc),
    }
    return Turn(
        YOURS,
        _("Your turn: the desk asks you for something"),
        _("Answer by %(day)s. Until then the clock stands still.", day=formats.day(asked.due_on)),
        urls[asked.kind](),
        _("See and answer"),
    )


def _appeal(standing: Standing, today: date) -> Turn | None:
    if standing.appeal is None:
        return None
    return Turn(
        OTHERS,
        _("The desk looks at your appeal. You need do nothing"),
        _by(standing.appeal.due_on, today),
        url_for("appeals.my_appeal", number=standing.appeal.number),
        _("See the appeal"),
    )


def _application(standing: Standing, today: date) -> Turn | None:
    """The turn of an application that is not over and has no policy, as far as the reader may know of it."""
    application, state = standing.application, standing.state
    if application is None:
        return None
    url, action = _application_url(application.number), _("See the application")
    if state in (stages.INELIGIBLE, stages.REJECTED):
        title = _("Not insured for %(year)s", year=application.policy_year)
        text = _("Every reason stands with the application, and what would change it.")
        return Turn(FAIL, title, text, url, _("See the reasons"))
    if state == CHECKING and standing.member.state != stages.WAITING:
        return _confirm_first(standing)
    if state == CHECKING or (state in stages.OPEN_APPLICATION_STATES and application.hold is not None):
        title = _("A person looks at who acts for the firm. You need do nothing")
        return Turn(OTHERS, title, _by(standing.member.due_on, today), url, action)
    if state == stages.AWAITING_SOURCE:
        title = _("Your application waits for data of an authority. You need do nothing")
        return Turn(OTHERS, title, _("It is decided by itself as soon as the data is there."), url, action)
    if state in (stages.REFERRED, stages.ASKED):
        title = _("A person looks at your application. You need do nothing")
        return Turn(OTHERS, title, _by(application.due_on, today), url, action)
    if state in (stages.ELIGIBLE, stages.CLEARED):
        title = _("You are eligible. The policy follows; you need do nothing")
        return Turn(OTHERS, title, _("Cover begins on the day of issue, not before."), url, action)
    return None


def _confirm_first(standing: Standing) -> Turn:
    """Before the firm is confirmed only this may be said of the rules that are not public."""
    return Turn(
        YOURS if standing.member.state == stages.UNCONFIRMED else OTHERS,
        _("A person looks at your application; first it is confirmed who acts for the firm"),
        _("With a code to the telephone that an authority has of the firm, or with the business licence."),
        url_for("members.my_firm", uscc=standing.member.uscc),
        _("Confirm that you act for the firm"),
    )


def _insured(standing: Standing) -> Turn | None:
    policy = standing.policy
    if policy is None or policy.state != stages.IN_FORCE:
        return None
    return Turn(
        PASS,
        _("You are insured. There is nothing to do"),
        _("Covered until %(day)s.", day=formats.day(policy.policy.ends_on)),
        _policy_url(standing),
        _("See the policy"),
    )


def _apply(standing: Standing) -> Turn:
    """Nothing stands for the open year: apply, or say that nothing can be done now."""
    window, policy = standing.window, standing.policy
    if window is None:
        return Turn(NOBODY, _("Enrolment is closed today"), _("You hear from us when it opens again."))
    until = _("You can apply until %(day)s.", day=formats.day(window.window_end))
    if standing.member.state == stages.WAITING:
        until = _("A person first looks at who acts for the firm. What you enter meanwhile is kept.")
    if policy is not None and policy.policy.policy_year < window.policy_year:
        title = _("Your turn: apply for %(year)s", year=window.policy_year)
        if policy.state not in (stages.ANNULLED, stages.WITHDRAWN):
            until = _(
                "The policy for %(year)s has ended; cover does not go on by itself. You can apply until %(day)s.",
                year=policy.policy.policy_year,
                day=formats.day(window.window_end),
            )
        return Turn(YOURS, title, until, _apply_url(standing), _("Apply for %(year)s", year=window.policy_year))
    if policy is not None:
        annulled = policy.state == stages.ANNULLED
        title = (
            _("You are not insured: the policy is annulled")
            if annulled
            else _("You are not insured: the policy is withdrawn")
        )
        return Turn(NOBODY, title, until, _apply_url(standing), _("Apply again"))
    return Turn(YOURS, _("Your turn: apply"), until, _apply_url(standing), _("Apply"))


def _by(due_on: date | None, today: date) -> str:
    """Until when one hears; that the desk is late where the day has passed."""
    if due_on is None:
        return _("You hear as soon as it is done.")
    if due_on < today:
        return _("It was due on %(day)s. We are late; you need do nothing.", day=formats.day(due_on))
    return _("You hear by %(day)s.", day=formats.day(due_on))


def _saved(at: datetime, today: date) -> str:
    if clock.day_of(at) == today:
        return _("Saved %(time)s", time=formats.clock_time(at))
    return _("Saved %(moment)s", moment=formats.moment(at))


def _policy_url(standing: Standing) -> str:
    assert standing.policy is not None
    return url_for("policies.my_policy", number=standing.policy.policy.number)


def _application_url(number: str) -> str:
    return url_for("applications.my_application", number=number)


def _apply_url(standing: Standing) -> str:
    return url_for("applications.apply", uscc=standing.member.uscc)
