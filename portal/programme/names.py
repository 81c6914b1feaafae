"""The parameters of the terms, and the doings in the audit trail, in the reader's words."""

from datetime import date
from decimal import Decimal

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from portal.common import audit, formats
from portal.scheme.money import Money
from portal.scheme.terms import AfterCrossingCap, CoverStarts, TermValue

PARAMETER_NAMES: dict[str, LazyString] = {
    "programme_end": _l("Last day of the programme"),
    "policy_year_start": _l("Policy year begins on (month-day)"),
    "window_opens": _l("Enrolment opens on (month-day)"),
    "window_closes": _l("Enrolment closes on (month-day)"),
    "base_year_lag": _l("Base year"),
    "export_cap": _l("Most exports in the base year"),
    "indemnity_ratio": _l("Share of the loss that is paid"),
    "obligor_cap": _l("Most paid per buyer or issuing bank"),
    "premium_rate": _l("Premium rate on base-year exports"),
    "declarations": _l("What the firm declares"),
    "cover_starts": _l("Cover starts"),
    "after_crossing_cap": _l("When exports cross the cap in mid-year"),
}

COVER_STARTS_NAMES: dict[CoverStarts, LazyString] = {
    CoverStarts.DAY_OF_ISSUE: _l("On the day of issue, not before"),
}

AFTER_CROSSING_CAP_NAMES: dict[AfterCrossingCap, LazyString] = {
    AfterCrossingCap.CONTINUES: _l("Cover continues; renewal is judged on the new base year"),
}

DECLARATION_NAMES: dict[str, LazyString] = {
    "own_contracts_and_goods": _l("contracts it signed and goods it declared itself"),
    "credit_term_within_one_year": _l("credit terms of at most one year"),
    "contents_true": _l("all statements are true"),
}

OUTCOME_NAMES: dict[str, LazyString] = {
    audit.DONE: _l("Done"),
    audit.REFUSED: _l("Refused"),
    audit.DOWNLOADED: _l("Downloaded"),
    audit.LOOKED: _l("Looked at"),
}

ACTION_NAMES: dict[str, LazyString] = {
    "access": _l("Page of another role"),
    "accounts.add": _l("Account added"),
    "accounts.ask_for_link": _l("Link asked for by mail"),
    "accounts.ask_to_add_email": _l("Link asked for to add an e-mail address"),
    "accounts.change_email": _l("E-mail address of the account changed"),
    "accounts.change_mobile": _l("Mobile of the account changed"),
    "accounts.change_own": _l("Own account changed"),
    "accounts.change_password": _l("Password changed"),
    "accounts.disable": _l("Account disabled"),
    "accounts.enable": _l("Account enabled"),
    "accounts.end_sessions": _l("Signed out everywhere"),
    "accounts.lock": _l("Sign-in locked for a while"),
    "accounts.find": _l("Exporter’s account looked for"),
    "accounts.new_link": _l("One-time link made"),
    "accounts.send_code": _l("Code sent by text"),
    "accounts.set_password": _l("Password set by link"),
    "accounts.sign_in": _l("Sign-in"),
    "accounts.sign_out": _l("Sign-out"),
    "accounts.sign_up": _l("Exporter's account made"),
    "appeals.answer": _l("Appeal: the firm answered"),
    "appeals.approve": _l("Correction approved"),
    "appeals.ask": _l("Appeal: more asked of the firm"),
    "appeals.decline": _l("Appeal declined"),
    "appeals.file": _l("Appeal filed"),
    "appeals.identity_numbers": _l("Identity numbers looked at"),
    "appeals.keep_papers": _l("Papers of an appeal kept"),
    "appeals.propose": _l("Correction proposed"),
    "appeals.send_back": _l("Correction sent back"),
    "appeals.stop_waiting": _l("Appeal: request taken back"),
    "appeals.uphold": _l("Appeal upheld, to be decided anew"),
    "appeals.withdraw": _l("Appeal withdrawn by the firm"),
    "applications.answer": _l("Request answered by the firm"),
    "applications.keep_papers": _l("Papers of an answer kept"),
    "applications.clock": _l("Due day given to an application that had none"),
    "applications.withdraw": _l("Application withdrawn by the firm"),
    "applications.approve": _l("Case cleared"),
    "applications.ask": _l("Firm asked for more"),
    "applications.assign": _l("Case taken or handed back"),
    "applications.screen": _l("Screened again for a new version of a source"),
    "applications.begin": _l("Application begun"),
    "applications.decide": _l("Decided once every source was there"),
    "applications.enter": _l("Application entered"),
    "applications.export": _l("Queue downloaded"),
    "applications.identity_numbers": _l("Identity numbers looked at"),
    "applications.reject": _l("Case rejected"),
    "applications.rejected_rows": _l("Rejected rows downloaded"),
    "applications.save": _l("Step of an application saved"),
    "applications.send": _l("Application sent"),
    "applications.set_aside": _l("List match set aside"),
    "applications.stop_waiting": _l("Request to the firm taken back"),
    "applications.wait": _l("Staff come first"),
    "backup": _l("Backup made"),
    "claims.accept_papers": _l("Documents of a claim accepted"),
    "claims.add_money": _l("Money that lessens a loss recorded"),
    "claims.add_papers": _l("Documents of a claim handed in"),
    "claims.agree": _l("Indemnity agreed to"),
    "claims.answer": _l("Request on a claim answered"),
    "claims.answer_consent": _l("Request for consent answered"),
    "claims.approve": _l("Indemnity approved"),
    "claims.ask": _l("Firm asked for more on a claim"),
    "claims.ask_consent": _l("Consent asked for"),
    "claims.begin_assessment": _l("Assessment begun"),
    "claims.begin_notice": _l("Report of a loss begun"),
    "claims.changed_meanwhile": _l("Assessment went back: something had changed"),
    "claims.claim_again": _l("Withdrawn claim claimed again"),
    "claims.claim_notice": _l("Reported loss claimed"),
    "claims.decline_objection": _l("Objection declined"),
    "claims.dispute": _l("Dispute with the buyer, told by the firm"),
    "claims.drop_notice": _l("Report of a loss given up"),
    "claims.answer_invoices": _l("Invoices that look alike answered"),
    "claims.excuse": _l("Delay of a claim excused"),
    "claims.export": _l("Claims downloaded"),
    "claims.export_notices": _l("Notices downloaded"),
    "claims.file": _l("Claim filed"),
    "claims.hand_in_release": _l("Bank’s release handed in"),
    "claims.letter": _l("Letter of a claim downloaded"),
    "claims.keep_files": _l("Papers kept for the next try"),
    "claims.look_payee": _l("Account number looked at"),
    "claims.money_counted": _l("Money that lessens a loss counted"),
    "claims.money_struck": _l("Money that lessens a loss struck out"),
    "claims.object": _l("Objection to an indemnity"),
    "claims.record_assignment": _l("Assignment looked at"),
    "claims.release_assignment": _l("Assignment released"),
    "claims.turn_release_back": _l("Bank’s release turned back"),
    "claims.remark": _l("Word with a claim"),
    "claims.remind": _l("Reminded of a loss or a claim"),
    "claims.remove_paper": _l("Document of a claim removed"),
    "claims.reopen": _l("Disputed claim reopened"),
    "claims.replace_paper": _l("Document of a claim replaced"),
    "claims.reverse": _l("Indemnity reversed"),
    "claims.save_assessment": _l("Assessment saved"),
    "claims.save_notice": _l("Step of a report saved"),
    "claims.send_back": _l("Assessment sent back"),
    "claims.send_notice": _l("Notice of loss sent"),
    "claims.set_payee": _l("Account for payments set"),
    "claims.settle_notice": _l("Notice closed: the buyer has paid"),
    "claims.stop_waiting": _l("Request on a claim taken back"),
    "claims.submit_assessment": _l("Assessment handed over for approval"),
    "claims.suspend": _l("Claim suspended"),
    "claims.take_back_consent": _l("Request for consent taken back"),
    "claims.tell_assignment": _l("Assignment told by the firm"),
    "claims.tell_disposed": _l("Rejected goods disposed of"),
    "claims.unaccept_paper": _l("Acceptance of a document taken back"),
    "claims.withdraw": _l("Claim withdrawn"),
    "claims.withdraw_notice": _l("Notice withdrawn"),
    "claims.worksheet": _l("Worksheet downloaded"),
    "decisions.export": _l("Decisions exported"),
    "demo.loaded": _l("Demonstration loaded"),
    "demo.start": _l("Demonstration begun"),
    "documents.look": _l("Document looked at"),
    "messages.leave": _l("Delivery left as it is"),
    "messages.send_again": _l("Delivery sent again"),
    "members.accept": _l("Invitation accepted"),
    "members.answer": _l("Answer about who acts for a firm"),
    "members.ask": _l("Asked for more about who acts for a firm"),
    "members.claim": _l("Firm bound"),
    "members.confirm": _l("Confirmed who acts for a firm"),
    "members.end": _l("Ended that somebody acts for a firm"),
    "members.invite": _l("Somebody invited to act for a firm"),
    "members.leave": _l("Firm left"),
    "members.licence": _l("Licence handed in"),
    "members.licence_removed": _l("Licence removed"),
    "members.refuse": _l("Refused who acts for a firm"),
    "members.remove": _l("Colleague taken off a firm"),
    "members.representative": _l("Representative changed"),
    "members.revoke": _l("Invitation taken back"),
    "desk.assign": _l("Case taken, handed over or put back"),
    "people.erase": _l("Person erased"),
    "people.make": _l("Personal keys made"),
    "policies.acknowledge": _l("Acknowledgement recorded"),
    "policies.annul": _l("Policy annulled"),
    "policies.certificate": _l("Certificate made"),
    "policies.export": _l("Policies downloaded"),
    "policies.invite": _l("Firm enrolled by file invited"),
    "policies.issue": _l("Policy issued"),
    "policies.lapse": _l("Application lapsed"),
    "policies.remind": _l("Reminded to acknowledge"),
    "policies.remind_of_renewal": _l("Told that enrolment is open"),
    "policies.replace_certificate": _l("Certificate made anew"),
    "policies.withdraw": _l("Withdrawal recorded"),
    "programme.publish_year": _l("Calendar year published"),
    "programme.seed_calendar": _l("Published calendar put in"),
    "programme.set_day": _l("Calendar day noted"),
    "programme.confirm_account": _l("Account of the underwriter confirmed"),
    "programme.set_account": _l("Account of the underwriter set"),
    "programme.set_level": _l("Service level set"),
    "obligors.add_buyer": _l("Buyer added to a firm's list"),
    "obligors.ask_again": _l("Look-alike asked about again"),
    "obligors.answer": _l("Look-alike answered"),
    "obligors.export": _l("Buyers and banks downloaded"),
    "obligors.import_exclusions": _l("Exclusions imported"),
    "obligors.merge": _l("Buyers or banks merged"),
    "obligors.rejected_exclusions": _l("Rejected exclusions downloaded"),
    "obligors.remove_buyer": _l("Buyer taken off a firm's list"),
    "obligors.set_exclusion_aside": _l("Exclusion of a like name set aside"),
    "obligors.take_set_aside_back": _l("Exclusion that was set aside counts again"),
    "obligors.undo_merge": _l("Merge undone"),
    "ledger.import_rates": _l("Exchange rates imported"),
    "ledger.rejected_rates": _l("Rejected rates downloaded"),
    "excesses.approve": _l("Excess over the cap decided"),
    "excesses.propose": _l("Excess over the cap: outcome proposed"),
    "excesses.send_back": _l("Excess over the cap: proposal sent back"),
    "payments.barred": _l("Payment barred by an exclusion"),
    "payments.drop": _l("Payment batch dropped"),
    "payments.export": _l("Payment order downloaded"),
    "payments.import_results": _l("Payment results imported"),
    "payments.order": _l("Payments ordered"),
    "payments.rejected_results": _l("Rejected payment results downloaded"),
    "payments.release": _l("Payment batch released"),
    "payments.settle": _l("Payment settled by hand"),
    "recoveries.export": _l("Recoveries downloaded"),
    "recoveries.record": _l("Money received recorded"),
    "recoveries.refuse": _l("Money told of refused"),
    "recoveries.remind": _l("Reminded to remit a share"),
    "recoveries.repaid": _l("Repayment recorded"),
    "recoveries.give_back": _l("Share of a reversed recovery given back"),
    "recoveries.reverse": _l("Recovery reversed"),
    "recoveries.settle": _l("Share of a recovery settled"),
    "recoveries.tell": _l("Money received told"),
    "reference.close_entry": _l("List entry closed"),
    "reference.undo": _l("Version of a source undone"),
    "reference.compare_export": _l("Differences of two versions taken"),
    "screenings.cover_stays": _l("Insured firm in question: cover stays"),
    "screenings.set_aside": _l("Insured firm in question: list match set aside"),
    "sponsor.roster_check": _l("Returned roster checked"),
    "reference.import": _l("Source imported"),
    "reference.rejected_rows": _l("Rejected rows downloaded"),
    "reference.upload": _l("File uploaded"),
    "reference.upload_gone": _l("Uploads put away"),
    "restore": _l("Backup restored"),
    "sponsor.claims_overview_export": _l("Overview of claims downloaded"),
    "sponsor.overview_export": _l("Overview downloaded"),
    "sponsor.roster": _l("Roster downloaded"),
    "terms.confirm": _l("Value confirmed"),
    "terms.keep": _l("Terms kept"),
    "ties.end": _l("Tie to a firm ended"),
    "ties.note": _l("Tie to a firm noted"),
    "warnings.confirm_concern": _l("Concern about a buyer or bank confirmed, firms warned"),
    "warnings.confirm_event": _l("Event confirmed, firms warned"),
    "warnings.end_concern": _l("Concern about a buyer or bank ended"),
    "warnings.end_event": _l("Event ended"),
    "warnings.enter_event": _l("Event entered"),
}
"""Every action that the audit trail records."""

SUBJECT_NAMES: dict[str, LazyString] = {
    "account": _l("Account"),
    "appeal": _l("Appeal"),
    "application": _l("Application"),
    "applications": _l("Applications"),
    "backup": _l("Backup"),
    "calendar": _l("Calendar"),
    "claim": _l("Claim"),
    "claims": _l("Claims"),
    "consent": _l("Request for consent"),
    "customs": _l("Customs exports"),
    "delivery": _l("Text or mail"),
    "demonstration": _l("Demonstration"),
    "email": _l("E-mail"),
    "level": _l("Service level"),
    "document": _l("Document"),
    "event": _l("Event"),
    "firm": _l("Firm"),
    "invitation": _l("Invitation"),
    "list": _l("List entry"),
    "lists": _l("Dishonest and organised-crime lists"),
    "membership": _l("Acting for a firm"),
    "notice": _l("Notice of loss"),
    "notices": _l("Notices of loss"),
    "obligor": _l("Buyer or bank"),
    "overview": _l("Overview"),
    "person": _l("Person"),
    "policies": _l("Policies"),
    "policy": _l("Policy"),
    "batch": _l("Payment batch"),
    "excess": _l("Excess over the cap"),
    "rates": _l("Exchange rates"),
    "recoveries": _l("Recoveries"),
    "recovery": _l("Recovery"),
    "results": _l("Payment results"),
    "registry": _l("Company registry"),
    "roster": _l("Roster"),
    "screening": _l("Insured firm in question"),
    "terms": _l("Terms"),
}
"""What the first word of an entry's subject stands for."""

CHANGE_NAMES: dict[str, LazyString] = {
    "insert": _l("New row"),
    "update": _l("Changed row"),
    "delete": _l("Deleted row"),
}


def action_name(action: str) -> str:
    """An action in words; one that only an earlier version recorded is shown as it stands."""
    return str(ACTION_NAMES.get(action, action))


def shown_value(value: TermValue, currency: str) -> str:
    """A value of the terms as people read it: amounts with currency, shares in per cent, days as days."""
    text = value.value
    if value.path in ("export_cap", "obligor_cap"):
        return formats.money(Money.of(text, currency))
    if value.path in ("indemnity_ratio", "premium_rate"):
        return share_text(Decimal(text))
    if value.path == "programme_end":
        return _("not set") if text == "open" else formats.day(date.fromisoformat(text))
    if value.path == "base_year_lag":
        return _("policy year minus %(years)s", years=text)
    if value.path == "declarations":
        return _("; ").join(str(DECLARATION_NAMES.get(code.strip(), code)) for code in text.split(","))
    if value.path == "cover_starts":
        return str(COVER_STARTS_NAMES[CoverStarts(text)])
    if value.path == "after_crossing_cap":
        return str(AFTER_CROSSING_CAP_NAMES[AfterCrossingCap(text)])
    return text


def share_text(share: Decimal) -> str:
    """A share of one as a percentage with no more places than it needs: `80 %`, `0.04 %`."""
    digits = next(places for places in range(12) if round(share * 100, places) == share * 100)
    return formats.percent(share, digits)
