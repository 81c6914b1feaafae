"""The sources and what their files mean, in the reader's words."""

from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from portal.reference.sides import ABSENT, ADDED, BACK, CHANGED, REMOVED

SOURCE_NAMES: dict[str, LazyString] = {
    "registry": _l("Company registry"),
    "customs": _l("Customs exports"),
    "lists": _l("Dishonest and organised-crime lists"),
}

SOURCE_USES: dict[str, LazyString] = {
    "registry": _l("Says where a firm is registered, whether it is active, and of what kind it is."),
    "customs": _l("Says what a firm exported in a year. Firms never type this themselves."),
    "lists": _l("Say which firms and people are barred from enrolling."),
}

SOURCE_SEMANTICS: dict[str, LazyString] = {
    "registry": _l(
        "A full snapshot. A firm that is not in the new file is marked, never removed: its applications are "
        "referred to a person."
    ),
    "customs": _l(
        "Complete for the years in it. The new file replaces those years, other years stay as they are."
    ),
    "lists": _l(
        "A full snapshot. An entry that is not in the new file stays in force until a person closes it with a "
        "reason."
    ),
}

DIFFERENCE_NAMES: dict[str, LazyString] = {
    CHANGED: _l("Changed"),
    REMOVED: _l("Removed from the list"),
    ADDED: _l("Added"),
    ABSENT: _l("Absent"),
    BACK: _l("There again"),
}
"""What became of a firm or entry from one version to another, in the order in which lists offer it."""

DIFFERENCE_KINDS: dict[str, str] = {
    CHANGED: "source",
    REMOVED: "ended",
    ADDED: "source",
    ABSENT: "refer",
    BACK: "source",
}
"""The look of each difference's tag."""

FIELD_NAMES: dict[str, LazyString] = {
    "name": _l("Firm name"),
    "uscc": _l("Credit code"),
    "representative": _l("Legal representative"),
    "established": _l("Established"),
    "company_type": _l("Type"),
    "capital": _l("Registered capital"),
    "place": _l("Place"),
    "status": _l("Status"),
    "address": _l("Address"),
    "business_scope": _l("Business scope"),
    "person_name": _l("Person"),
    "id_number": _l("Identity number"),
    "list_type": _l("List"),
    "listed_on": _l("Listed on"),
    "removed_on": _l("Removed on"),
    "source": _l("Source"),
    "exports": _l("Exports"),
    "lines": _l("Lines"),
    "record": _l("Record"),
}
"""What the columns of the sources are called."""
