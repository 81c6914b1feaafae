"""What the portal tells people outside of its pages: one entry for each kind of message, in both languages.

`title` is the line in the inbox and the subject of a mail; `text` is the mail and what stands under the title;
`sms` is the text message, by default the title. A text message says as little as it can: whoever sees the
telephone's screen reads it too. Parameters hold no personal values; one whose name ends in `_on` is a day in
ISO form and is shown as the reader writes days.

To add a kind: put it into `KINDS` and translate its words. `tell` and the tests hold it to its parameters.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import NamedTuple

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString
from markupsafe import Markup

from portal.common import formats

UNBROKEN = "\N{NO-BREAK SPACE}"


@dataclass(frozen=True)
class Words:
    """The words of one kind: which parameters they need, and how long after queueing they are worth sending."""

    title: LazyString
    text: LazyString
    parameters: tuple[str, ...] = ()
    sms: LazyString | None = None
    lasts: timedelta | None = None


class Said(NamedTuple):
    """A message in one language, for a page."""

    title: str
    text: str


class UnknownWords(Exception):
    """There is no such kind of message, or it needs a parameter that was not given."""


KINDS: dict[str, Words] = {
    # Accounts
    "code": Words(
        _l("Your code: %(code)s"),
        _l("Your code is %(code)s. It is good for 10 minutes. Give it to nobody; we never ask for it."),
        ("code",),
        sms=_l("Code %(code)s, good for 10 minutes. Give it to nobody; we never ask for it."),
        lasts=timedelta(minutes=10),
    ),
    "set_password": Words(
        _l("Set your password"),
        _l(
            "Somebody, probably you, asked to set the password of this address. The link works once and for 60 "
            "minutes. If it was not you, do nothing."
        ),
        lasts=timedelta(minutes=60),
    ),
    "sign_up": Words(
        _l("Make your account"),
        _l(
            "Somebody, probably you, asked for an account with this address. Set a password by the link, and the "
            "account is made. The link works once and for 60 minutes. If it was not you, do nothing."
        ),
        lasts=timedelta(minutes=60),
    ),
    "add_email": Words(
        _l("Confirm your e-mail address"),
        _l(
            "Somebody, probably you, wants to add this address to an account. Sign in to that account, open the "
            "link and confirm. It works once and for 60 minutes. If it was not you, do nothing."
        ),
        lasts=timedelta(minutes=60),
    ),
    "address_changed": Words(
        _l("Your account has a new mobile or e-mail address"),
        _l(
            "The mobile or the e-mail address of your account was changed, and this one no longer counts. If it "
            "was not you, write or telephone to the desk at once."
        ),
        sms=_l("Your account has a new mobile number. If it was not you, telephone to the desk at once."),
    ),
    # Who acts for a firm
    "invitation": Words(
        _l("Invitation to act for %(firm)s"),
        _l(
            "You are invited to act for %(firm)s in the export-credit insurance of the municipality. The link "
            "works once."
        ),
        ("firm",),
        sms=_l("You are invited to act for your firm. The link works once."),
        lasts=timedelta(days=7),
    ),
    "membership_confirmed": Words(
        _l("You are confirmed: you act for %(firm)s"),
        _l("It is confirmed that you act for %(firm)s. You now see everything that the portal keeps on the firm."),
        ("firm",),
        sms=_l("It is confirmed that you act for your firm."),
    ),
    "membership_refused": Words(
        _l("Not confirmed: acting for %(firm)s"),
        _l("It could not be confirmed that you act for %(firm)s. The page says what you can do."),
        ("firm",),
        sms=_l("It could not be confirmed that you act for the firm."),
    ),
    "membership_ended": Words(
        _l("You no longer act for %(firm)s"),
        _l("It has ended that you act for %(firm)s in this portal. The page says why and what you can do."),
        ("firm",),
        sms=_l("It has ended that you act for the firm. The page says why."),
    ),
    "membership_asked": Words(
        _l("Your turn: papers for %(firm)s"),
        _l("To confirm that you act for %(firm)s we need something from you, by %(due_on)s."),
        ("firm", "due_on"),
        sms=_l("To confirm that you act for your firm we need something from you, by %(due_on)s."),
    ),
    "membership_waiting": Words(
        _l("A person looks at who acts for %(firm)s"),
        _l("A person first looks at who acts for %(firm)s, by %(due_on)s. You need do nothing now."),
        ("firm", "due_on"),
        sms=_l("A person looks at who acts for your firm, by %(due_on)s."),
    ),
    # Applications
    "application_eligible": Words(
        _l("Application %(number)s: eligible"),
        _l("Application %(number)s is eligible."),
        ("number",),
    ),
    "application_referred": Words(
        _l("Application %(number)s: a person looks at it"),
        _l("A person looks at application %(number)s, by %(due_on)s. You need do nothing now."),
        ("number", "due_on"),
    ),
    "application_checking": Words(
        _l("Application %(number)s: first it is confirmed who acts for the firm"),
        _l("We look at application %(number)s. First it is confirmed who acts for the firm; the page says how."),
        ("number",),
        sms=_l("We look at application %(number)s. First it is confirmed who acts for the firm."),
    ),
    "application_ineligible": Words(
        _l("Application %(number)s: not eligible"),
        _l("Application %(number)s is not eligible. The page names every reason and what would change it."),
        ("number",),
        sms=_l("Application %(number)s is answered. Every reason stands on the page."),
    ),
    "application_cleared": Words(
        _l("Application %(number)s: cleared"),
        _l("A reviewer looked at application %(number)s and cleared it. The policy follows."),
        ("number",),
    ),
    "application_rejected": Words(
        _l("Application %(number)s: rejected"),
        _l("A reviewer looked at application %(number)s and rejected it. The page says why and how to appeal."),
        ("number",),
        sms=_l("Application %(number)s is answered. The page says why and what you can do."),
    ),
    "application_asked": Words(
        _l("Your turn: application %(number)s"),
        _l("To go on with application %(number)s we need something from you, by %(due_on)s."),
        ("number", "due_on"),
        sms=_l("Your turn: application %(number)s needs something from you, by %(due_on)s."),
    ),
    "application_lapsed": Words(
        _l("Application %(number)s has lapsed"),
        _l("Application %(number)s was not decided before its policy year ended, and has lapsed."),
        ("number",),
    ),
    "application_withdrawn": Words(
        _l("Application %(number)s is withdrawn"),
        _l("Application %(number)s was withdrawn by somebody who acts for the firm. A new one can be made."),
        ("number",),
    ),
    # Policies
    "policy_issued": Words(
        _l("Your turn: policy %(number)s is issued"),
        _l("Policy %(number)s is issued. Read it and confirm that you received it. You pay nothing."),
        ("number",),
        sms=_l("Policy %(number)s is issued. Please confirm that you received it."),
    ),
    "acknowledge_reminder": Words(
        _l("Your turn: confirm policy %(number)s"),
        _l("Policy %(number)s still waits for you to confirm that you received it."),
        ("number",),
        sms=_l("Please confirm that you received policy %(number)s."),
    ),
    "policy_withdrawn": Words(
        _l("Policy %(number)s is withdrawn"),
        _l("Policy %(number)s is withdrawn and covers nothing from %(withdrawn_on)s on."),
        ("number", "withdrawn_on"),
    ),
    "policy_annulled": Words(
        _l("Policy %(number)s is annulled"),
        _l("Policy %(number)s is annulled, as if it had never been. The page says why and what you can do."),
        ("number",),
    ),
    "policy_renewal": Words(
        _l("Your turn: apply for %(year)s"),
        _l("Enrolment for policy year %(year)s is open until %(closes_on)s. Cover does not go on by itself."),
        ("year", "closes_on"),
        sms=_l("Enrolment for %(year)s is open until %(closes_on)s. Cover does not go on by itself."),
    ),
    # Payments and recoveries
    "claim_filed": Words(
        _l("Claim %(number)s filed"),
        _l("Claim %(number)s is filed and with us. We look at it, by %(due_on)s. You need do nothing now."),
        ("number", "due_on"),
        sms=_l("Claim %(number)s is filed. We look at it, by %(due_on)s."),
    ),
    "claim_filed_waiting": Words(
        _l("Claim %(number)s filed"),
        _l("Claim %(number)s is filed. It can be decided once the goods are disposed of: tell us then."),
        ("number",),
        sms=_l("Claim %(number)s is filed."),
    ),
    "claim_asked": Words(
        _l("Your turn: something is missing for claim %(number)s"),
        _l(
            "We ask for everything that claim %(number)s still needs, once and together. Answer by %(due_on)s; "
            "until then our own time stands still."
        ),
        ("number", "due_on"),
        sms=_l("Something is missing for claim %(number)s. Please answer by %(due_on)s."),
    ),
    "claim_request_closed": Words(
        _l("Nothing more is needed for claim %(number)s"),
        _l("What we asked for on claim %(number)s is no longer needed. We decide on what is there."),
        ("number",),
    ),
    "claim_excused": Words(
        _l("The delay of claim %(number)s is excused"),
        _l("Nothing is taken off for it. The page says why."),
        ("number",),
    ),
    "claim_decided": Words(
        _l("Your turn: claim %(number)s is decided"),
        _l(
            "Claim %(number)s is decided. Read the letter with its calculation, then agree or object by "
            "%(answer_on)s. Payment follows your agreement."
        ),
        ("number", "answer_on"),
        sms=_l("Claim %(number)s is decided. Please agree or object by %(answer_on)s."),
    ),
    "claim_decided_nothing": Words(
        _l("Your turn: claim %(number)s is decided"),
        _l("For claim %(number)s nothing can be paid. The letter says why. You can object by %(answer_on)s."),
        ("number", "answer_on"),
        sms=_l("Claim %(number)s is decided. The letter says why; you can object by %(answer_on)s."),
    ),
    "claim_objection_declined": Words(
        _l("Your turn: the answer to your objection, claim %(number)s"),
        _l("The decision on claim %(number)s stays. The page says why. Agree or object by %(answer_on)s."),
        ("number", "answer_on"),
        sms=_l("Your objection on claim %(number)s is answered. Please agree or object by %(answer_on)s."),
    ),
    "claim_reversed": Words(
        _l("The decision on claim %(number)s was taken back"),
        _l("The decision on claim %(number)s no longer stands, and it is assessed anew. The page says why."),
        ("number",),
        sms=_l("The decision on claim %(number)s was taken back. The page says why."),
    ),
    "claim_withdrawn": Words(
        _l("Claim %(number)s is withdrawn"),
        _l("Claim %(number)s was withdrawn by somebody of the firm. The page says how to claim again."),
        ("number",),
    ),
    "claim_suspended": Words(
        _l("Claim %(number)s waits for a judgment"),
        _l(
            "Claim %(number)s waits until the dispute with the buyer is decided. Hand in the judgment or the "
            "award as soon as you have it."
        ),
        ("number",),
        sms=_l("Claim %(number)s waits for a judgment. The page says what to do."),
    ),
    "claim_reopened": Words(
        _l("Claim %(number)s goes on"),
        _l("Claim %(number)s no longer waits for the dispute. The page says whose turn it is."),
        ("number",),
        sms=_l("Claim %(number)s goes on. The page says whose turn it is."),
    ),
    "consent_granted": Words(
        _l("Consent %(number)s is given"),
        _l("What you asked for under %(number)s is consented to. Keep to what you asked, and keep the papers."),
        ("number",),
        sms=_l("Request %(number)s is answered. The page says how."),
    ),
    "consent_refused": Words(
        _l("Consent %(number)s is not given"),
        _l("What you asked for under %(number)s is not consented to. The page says why and what you can do."),
        ("number",),
        sms=_l("Request %(number)s is answered. The page says how."),
    ),
    "assignment_recorded": Words(
        _l("Claim %(number)s is paid to your bank"),
        _l(
            "The assignment of claim %(number)s is recorded. Its indemnity goes to the bank, and the account "
            "stays until the bank releases it."
        ),
        ("number",),
    ),
    "assignment_refused": Words(
        _l("Your turn: the assignment of claim %(number)s"),
        _l("The assignment of claim %(number)s was not recorded. The page says why; tell us of it anew."),
        ("number",),
        sms=_l("The assignment of claim %(number)s could not be recorded. The page says why."),
    ),
    "assignment_released": Words(
        _l("Claim %(number)s is paid to your own account again"),
        _l("The bank has released claim %(number)s. Its indemnity goes to the account of your firm."),
        ("number",),
    ),
    "payee_set": Words(
        _l("Account for payments of %(firm)s"),
        _l(
            "Indemnities of %(firm)s go to the account that ends in %(ends)s. If your firm did not give it, "
            "change it at once and tell the desk."
        ),
        ("firm", "ends"),
        sms=_l("The account for indemnities is recorded. If it was not your firm, tell the desk at once."),
    ),
    "payee_changed": Words(
        _l("The account for payments of %(firm)s was changed"),
        _l(
            "Indemnities of %(firm)s now go to the account that ends in %(ends)s. If your firm did not change "
            "it, change it back at once and tell the desk."
        ),
        ("firm", "ends"),
        sms=_l("The account for indemnities was changed. If it was not your firm, tell the desk at once."),
    ),
    # Warnings
    "warning_country": Words(
        _l("Your turn: an event may keep a buyer of yours from paying"),
        _l(
            "In a country of one of your buyers or banks something happened that may keep them from paying. See "
            "which it is, stop shipping, and report what is unpaid."
        ),
        sms=_l("An event may keep a buyer of yours from paying. See which, and stop shipping."),
    ),
    "warning_insolvency": Words(
        _l("Your turn: a buyer or bank of yours is insolvent"),
        _l(
            "A buyer or bank on your list is insolvent. See which it is, stop shipping, and report what is unpaid."
        ),
        sms=_l("A buyer or bank of yours is insolvent. See which, and stop shipping."),
    ),
    "warning_concern": Words(
        _l("Take care with one of your buyers or banks"),
        _l("The desk has confirmed trouble with a buyer or bank on your list. See which it is before you ship."),
        sms=_l("Trouble with a buyer or bank of yours is confirmed. See which before you ship."),
    ),
    "claim_paid": Words(
        _l("Paid: claim %(number)s"),
        _l("The indemnity of claim %(number)s was paid on %(paid_on)s to your account."),
        ("number", "paid_on"),
    ),
    "claim_paid_to_bank": Words(
        _l("Paid: claim %(number)s"),
        _l("The indemnity of claim %(number)s was paid on %(paid_on)s to the bank that you assigned it to."),
        ("number", "paid_on"),
    ),
    "claim_set_off": Words(
        _l("Claim %(number)s is settled"),
        _l("The indemnity of claim %(number)s was set off against what you owed on the same claim."),
        ("number",),
    ),
    "claim_payment_failed": Words(
        _l("Your turn: the payment of claim %(number)s failed"),
        _l("The bank could not pay the indemnity of claim %(number)s. Check the account that you gave us."),
        ("number",),
        sms=_l("Your turn: the payment of claim %(number)s failed. Check your account."),
    ),
    "claim_clawed_back": Words(
        _l("The indemnity of claim %(number)s changed"),
        _l(
            "Two buyers of yours were found to be the same, so that together they have one cap. The indemnity of "
            "claim %(number)s is lower now; the page says by how much."
        ),
        ("number",),
    ),
    "recovery_recorded": Words(
        _l("Recovery %(number)s is recorded"),
        _l("The money received is recorded as recovery %(number)s. The page shows how it is shared."),
        ("number",),
    ),
    "recovery_to_remit": Words(
        _l("Your turn: remit from recovery %(number)s"),
        _l(
            "The money received is recorded as recovery %(number)s. Remit the share of the underwriter by "
            "%(due_on)s; the page shows how much and how it is computed."
        ),
        ("number", "due_on"),
        sms=_l("Your turn: remit the share of recovery %(number)s by %(due_on)s."),
    ),
    "recovery_settled": Words(
        _l("Recovery %(number)s: the share is settled"),
        _l("The share of recovery %(number)s has changed hands; the page shows when and under which reference."),
        ("number",),
    ),
    "recovery_refused": Words(
        _l("Your turn: the money that you told us of"),
        _l("What you told us as recovery %(number)s was not recorded. The page says why; tell us anew."),
        ("number",),
        sms=_l("Your turn: recovery %(number)s was not recorded. The page says why."),
    ),
    "recovery_reversed": Words(
        _l("Recovery %(number)s was reversed"),
        _l("Recovery %(number)s was recorded wrongly and is reversed. The page shows what holds now."),
        ("number",),
    ),
    # Appeals
    "appeal_received": Words(
        _l("Appeal %(number)s received"),
        _l("Appeal %(number)s is received. A person looks at it, by %(due_on)s."),
        ("number", "due_on"),
    ),
    "appeal_upheld": Words(
        _l("Appeal %(number)s upheld"),
        _l("Appeal %(number)s is upheld, and the rules ran again. The page says the result."),
        ("number",),
        sms=_l("Appeal %(number)s is upheld. The page says the result."),
    ),
    "appeal_declined": Words(
        _l("Appeal %(number)s declined"),
        _l("Appeal %(number)s is declined. The page says why."),
        ("number",),
        sms=_l("Appeal %(number)s is answered. The page says how and why."),
    ),
    "appeal_asked": Words(
        _l("Your turn: appeal %(number)s"),
        _l("To go on with appeal %(number)s we need something from you, by %(due_on)s."),
        ("number", "due_on"),
        sms=_l("Your turn: appeal %(number)s needs something from you, by %(due_on)s."),
    ),
    # A loss that was reported
    "notice_received": Words(
        _l("Reported: notice %(number)s. Stop shipping to this buyer"),
        _l(
            "Your notice %(number)s is with us. Stop shipping to this buyer. The page shows until when you can "
            "claim, an estimate, and which documents to collect."
        ),
        ("number",),
        sms=_l("Your notice %(number)s is with us. Stop shipping to this buyer."),
    ),
}
"""Every kind of message. Texts and mails that belong to no message in the portal (code, link) are here too."""


def words_of(kind: str, parameters: Mapping[str, str]) -> Words:
    """The words of a kind, once all they need is there; raises `UnknownWords`."""
    words = KINDS.get(kind)
    if words is None:
        raise UnknownWords(f"there are no words for {kind!r}: put them into KINDS")
    missing = [name for name in words.parameters if not parameters.get(name)]
    if missing:
        raise UnknownWords(f"the words of {kind!r} need {', '.join(missing)}")
    return words


def said(kind: str, parameters: Mapping[str, str]) -> Said:
    """A message in the language of whoever reads it now; raises `UnknownWords`."""
    words = words_of(kind, parameters)
    shown = _shown(parameters)
    return Said(str(words.title) % shown, str(words.text) % shown)


def said_on_page(kind: str, parameters: Mapping[str, str]) -> Said:
    """The same as markup, in which no number and no day is broken at the end of a line."""
    words = words_of(kind, parameters)
    whole = Markup('<span class="tb-nowrap">%s</span>')
    shown = {name: value if name == "firm" else whole % value for name, value in _shown(parameters).items()}
    return Said(Markup(str(words.title)) % shown, Markup(str(words.text)) % shown)  # noqa: S704 - our own words


def text_message(kind: str, parameters: Mapping[str, str], portal_url: str) -> str:
    """The text message in the language that is set, its address at its end; raises `UnknownWords`."""
    words = words_of(kind, parameters)
    line = str(words.sms or words.title) % _shown(parameters)
    # Carriers want the sender's name in these brackets, in front.
    text = _("[Tongbao] %(text)s", text=line)
    text = text.replace(UNBROKEN, " ")  # it alone would halve what one message holds
    return f"{text} {portal_url}{parameters['path']}" if parameters.get("path") else text


def mail(kind: str, parameters: Mapping[str, str], portal_url: str) -> tuple[str, str]:
    """Subject and plain text of the mail in the language that is set; raises `UnknownWords`."""
    title, text = said(kind, parameters)
    lines = [text, ""]
    if parameters.get("path"):
        lines += [f"{portal_url}{parameters['path']}", ""]
    lines += ["—", _("This mail was written by the portal. Nobody reads answers to it.")]
    return _("Tongbao: %(title)s", title=title), "\n".join(lines).replace(UNBROKEN, " ") + "\n"


def _shown(parameters: Mapping[str, str]) -> dict[str, str]:
    return {
        name: formats.day(date.fromisoformat(value)) if name.endswith("_on") and value else value
        for name, value in parameters.items()
    }
