"""The roles and states of accounts in the reader's words."""

from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from flask_babel.speaklater import LazyString

from portal.common.roles import Role

ROLE_NAMES: dict[str, LazyString] = {
    Role.EXPORTER: _l("Exporter"),
    Role.REVIEWER: _l("Reviewer"),
    Role.CLAIMS_OFFICER: _l("Claims officer"),
    Role.APPROVER: _l("Approver"),
    Role.UNDERWRITER: _l("Underwriter"),
    Role.SPONSOR_COMMERCE: _l("Commerce bureau"),
    Role.SPONSOR_FINANCE: _l("Finance bureau"),
    Role.AUDITOR: _l("Auditor"),
    Role.ADMINISTRATOR: _l("Administrator"),
    Role.COMMAND: _l("Command line"),
    Role.ANONYMOUS: _l("Not signed in"),
}

ROLE_TASKS: dict[str, LazyString] = {
    Role.REVIEWER: _l("Brings in files, looks at referred applications and decides them"),
    Role.CLAIMS_OFFICER: _l("Looks into claims and assesses them"),
    Role.APPROVER: _l("Approves as the second person"),
    Role.UNDERWRITER: _l("Issues policies and settles with the city"),
    Role.SPONSOR_COMMERCE: _l("Sees figures and takes rosters for the commerce bureau"),
    Role.SPONSOR_FINANCE: _l("Sees figures and takes rosters for the finance bureau"),
    Role.AUDITOR: _l("Reads all, the audit trail too, and changes nothing"),
    Role.ADMINISTRATOR: _l("Looks after accounts and terms, decides no applications"),
}


def waiting(minutes: int) -> str:
    """How long one must wait, in minutes up to two hours, then in started hours."""
    if minutes <= 120:
        return ngettext("%(num)s minute", "%(num)s minutes", minutes)
    return ngettext("%(num)s hour", "%(num)s hours", -(-minutes // 60))
