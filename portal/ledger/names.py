"""The words for the accounts and entries of the ledger, as staff and auditors read them."""

from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from portal.ledger.accounts import Account, Kind

ACCOUNT_NAMES: dict[Account, LazyString] = {
    Account.INDEMNITY: _l("Indemnity that stands"),
    Account.PAYABLE: _l("To be paid"),
    Account.BANK: _l("Paying bank"),
    Account.OWED_BY_FIRM: _l("Owed by the firm"),
    Account.RECOVERED: _l("Recovered, underwriter's share"),
    Account.FIRM_SHARE: _l("Recovered, firm's share"),
    Account.COSTS: _l("Costs taken off"),
    Account.WITH_FIRM: _l("With the firm, to be remitted"),
    Account.KEPT_BY_FIRM: _l("With the firm, its own"),
    Account.OVER_CAP: _l("Left above the cap"),
    Account.WAIVED: _l("Excess waived"),
}

KIND_NAMES: dict[Kind, LazyString] = {
    Kind.APPROVAL: _l("Indemnity approved"),
    Kind.REVERSAL: _l("Indemnity reversed"),
    Kind.CLAW_BACK: _l("Excess clawed back"),
    Kind.WAIVER: _l("Excess waived"),
    Kind.WAIVER_LAPSED: _l("Waiver ended with its excess"),
    Kind.PAYMENT: _l("Indemnity paid"),
    Kind.PAYMENT_FAILED: _l("Payment came back"),
    Kind.SET_OFF: _l("Set off against what the firm owes"),
    Kind.REPAYMENT: _l("Paid back by the firm"),
    Kind.RECOVERY: _l("Recovery shared"),
    Kind.RECOVERY_REVERSAL: _l("Recovery reversed"),
    Kind.REMITTANCE: _l("Underwriter's share remitted"),
    Kind.PAY_OUT: _l("Firm's share paid out"),
}
