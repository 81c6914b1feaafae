"""What the portal tells firms of their losses: claims, consent, payments, recoveries and warnings."""

from flask_babel import lazy_gettext as _l

from portal.messages.kinds import Words

CLAIMS: dict[str, Words] = {
    # What was reported and claimed
    "notice_received": Words(
        _l("Reported: notice %(number)s. Stop shipping to this buyer"),
        _l(
            "Your notice %(number)s is with us. Stop shipping to this buyer. The page shows until when you can "
            "claim, an estimate, and which documents to collect."
        ),
        ("number",),
        sms=_l("Your notice %(number)s is with us. Stop shipping to this buyer."),
    ),
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
    # Consent
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
    # To whom it is paid
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
    "release_turned_back": Words(
        _l("Your turn: the bank’s release for claim %(number)s"),
        _l("The bank’s release for claim %(number)s was turned back. The page says why; hand in another."),
        ("number",),
        sms=_l("Your turn: the bank’s release for claim %(number)s was turned back. The page says why."),
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
    # Payments
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
            "Two buyers of yours were found to be the same, so that together they have one cap. The indemnity "
            "of claim %(number)s is lower now; the page says by how much."
        ),
        ("number",),
    ),
    # Recoveries
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
    # Reminders
    "notice_claim_reminder": Words(
        _l("Notice %(number)s: claim by %(due_on)s"),
        _l(
            "You watch the loss of notice %(number)s. If the buyer has not paid, claim it by %(due_on)s; if it "
            "has, close the notice."
        ),
        ("number", "due_on"),
    ),
    "claim_file_reminder": Words(
        _l("Your turn: file claim %(number)s by %(due_on)s"),
        _l(
            "Claim %(number)s is not filed yet. Hand in the documents and file it by %(due_on)s; if something "
            "is missing, say so then."
        ),
        ("number", "due_on"),
    ),
    "claim_file_overdue": Words(
        _l("Your turn: claim %(number)s was to be filed by %(due_on)s"),
        _l(
            "Claim %(number)s was to be filed by %(due_on)s and still is taken, with a word on why it is late. "
            "The longer it waits, the smaller the share that may be paid."
        ),
        ("number", "due_on"),
        sms=_l("Your turn: claim %(number)s was to be filed by %(due_on)s. File it now."),
    ),
    "claim_answer_reminder": Words(
        _l("Your turn: answer on claim %(number)s by %(due_on)s"),
        _l("To go on with claim %(number)s we need what we asked you for, all of it together, by %(due_on)s."),
        ("number", "due_on"),
    ),
    "claim_answer_overdue": Words(
        _l("Your turn: claim %(number)s still waits for your answer"),
        _l(
            "What we asked you for on claim %(number)s was due by %(due_on)s. Hand it in now; until then "
            "nothing is decided."
        ),
        ("number", "due_on"),
        sms=_l("Your turn: claim %(number)s waits for your answer, due by %(due_on)s."),
    ),
    "claim_agree_reminder": Words(
        _l("Your turn: agree to claim %(number)s or object by %(due_on)s"),
        _l(
            "Claim %(number)s is decided. Read how the result comes about, then agree to it, or object with "
            "your reasons by %(due_on)s."
        ),
        ("number", "due_on"),
    ),
    "claim_agree_overdue": Words(
        _l("Your turn: claim %(number)s waits for you to agree"),
        _l(
            "The time to object to the result of claim %(number)s ended on %(due_on)s. Agree to it, so that "
            "the claim can be settled."
        ),
        ("number", "due_on"),
        sms=_l("Your turn: claim %(number)s waits for you to agree since %(due_on)s."),
    ),
    "claim_account_reminder": Words(
        _l("Your turn: an account for claim %(number)s"),
        _l(
            "You agreed to the result of claim %(number)s, and there is no account to which it can be paid. "
            "Enter one, or put right the one that you gave."
        ),
        ("number",),
    ),
    "claim_release_reminder": Words(
        _l("Your turn: the bank’s consent for claim %(number)s"),
        _l(
            "Claim %(number)s could not be paid to the bank that you assigned it to. The account stays until "
            "the bank consents: hand in its release."
        ),
        ("number",),
    ),
    "claim_assignment_reminder": Words(
        _l("Your turn: the assignment of claim %(number)s"),
        _l(
            "The assignment of claim %(number)s is not recorded. Tell us of it anew; without one the indemnity "
            "goes to the account of your firm."
        ),
        ("number",),
    ),
    "claim_repay_reminder": Words(
        _l("Your turn: pay back on claim %(number)s by %(due_on)s"),
        _l(
            "The indemnity of claim %(number)s went down after it was paid. Pay the difference back by "
            "%(due_on)s; the page shows how much and to which account."
        ),
        ("number", "due_on"),
    ),
    "claim_repay_overdue": Words(
        _l("Your turn: paying back on claim %(number)s is overdue"),
        _l(
            "What was paid too much on claim %(number)s was to be paid back by %(due_on)s. Pay it back now; the "
            "page shows how much and to which account."
        ),
        ("number", "due_on"),
        sms=_l("Your turn: pay back now what was paid too much on claim %(number)s, due by %(due_on)s."),
    ),
    "recovery_remit_reminder": Words(
        _l("Your turn: remit from recovery %(number)s by %(due_on)s"),
        _l(
            "Your firm still holds the underwriter’s share of recovery %(number)s. Remit it by %(due_on)s; the "
            "page shows how much and how it is computed."
        ),
        ("number", "due_on"),
    ),
    "recovery_remit_overdue": Words(
        _l("Your turn: the share of recovery %(number)s is overdue"),
        _l(
            "The underwriter’s share of recovery %(number)s was to be remitted by %(due_on)s. Remit it now; "
            "the page shows how much and how it is computed."
        ),
        ("number", "due_on"),
        sms=_l("Your turn: remit the share of recovery %(number)s now, it was due by %(due_on)s."),
    ),
    # Warnings
    "warning_country": Words(
        _l("Your turn: an event may keep a buyer of yours from paying"),
        _l(
            "In a country of one of your buyers or banks something happened that may keep them from paying. "
            "See which it is, stop shipping, and report what is unpaid."
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
}
"""Every kind of message about a loss, or about a buyer who may cause one."""
