"""The sources and what their files mean, in the reader's words."""

from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

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
