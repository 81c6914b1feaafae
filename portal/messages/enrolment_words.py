"""What the portal tells people of their account, whom they act for, enrolment, the policy and appeals."""

from datetime import timedelta

from flask_babel import lazy_gettext as _l

from portal.messages.kinds import Words

ENROLMENT: dict[str, Words] = {
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
}
"""Texts and mails that belong to no message in the portal (code, link) are here too."""
