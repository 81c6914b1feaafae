"""Buyers, banks, look-alikes and exclusions in the reader's words."""

from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from portal.scheme import stages

KIND_NAMES: dict[str, LazyString] = {"buyer": _l("Buyer"), "bank": _l("Issuing bank")}

STATE_TAGS: dict[str, tuple[str, LazyString]] = {"live": ("pass", _l("In use")), "merged": ("ended", _l("Merged"))}

LOOKALIKE_TAGS: dict[str, tuple[str, LazyString]] = {
    stages.OPEN: ("refer", _l("To be answered")),
    stages.SAME: ("ended", _l("The same")),
    stages.DIFFERENT: ("pass", _l("Different")),
}

WHY_NAMES: dict[str, LazyString] = {
    "name": _l("alike names"),
    "registration_number": _l("same registration number"),
    "lei": _l("same LEI"),
    "bic8": _l("same BIC"),
    "bic6": _l("same bank and country in the BIC"),
}

DIFFERENT_NAMES: dict[str, LazyString] = {
    "other_registration": _l("The registers have two firms"),
    "other_address": _l("Two addresses, two businesses"),
    "sister_company": _l("Sister companies, each liable for itself"),
    "other_series": _l("Another series, fund or project"),
    "firm_says_so": _l("The firm that deals with it says so"),
    "other_reason": _l("Another reason"),
}

SAME_NAMES: dict[str, LazyString] = {
    "same_registration": _l("One entry in the register"),
    "same_address": _l("One address and one owner"),
    "other_spelling": _l("One name spelled in two ways"),
    "renamed": _l("Renamed"),
    "firm_says_so": _l("The firm that deals with it says so"),
    "other_reason": _l("Another reason"),
}

EXCESS_TAGS: dict[str, tuple[str, LazyString]] = {
    stages.OPEN: ("fail", _l("To be decided")),
    stages.PROPOSED: ("refer", _l("Waits for approval")),
    stages.DONE: ("pass", _l("Decided")),
    stages.GONE: ("ended", _l("Gone")),
}

REASON_NAMES: dict[str, LazyString] = {"excluded": _l("Not covered"), "sanctioned": _l("Under sanctions")}

EXCLUSION_KINDS: dict[str, LazyString] = {"country": _l("Country"), "party": _l("Party")}
