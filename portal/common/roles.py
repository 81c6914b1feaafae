"""The roles of the scheme, who acts, and the check that every action makes before it does anything."""

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """The keys of scheme.md, and `command` for the operator at the machine's own command line."""

    EXPORTER = "exporter"
    REVIEWER = "reviewer"
    CLAIMS_OFFICER = "claims_officer"
    APPROVER = "approver"
    UNDERWRITER = "underwriter"
    SPONSOR_COMMERCE = "sponsor_commerce"
    SPONSOR_FINANCE = "sponsor_finance"
    AUDITOR = "auditor"
    ADMINISTRATOR = "administrator"
    COMMAND = "command"
    ANONYMOUS = "anonymous"


# Roles that an administrator can give to an account of staff.
STAFF_ROLES = (
    Role.REVIEWER,
    Role.CLAIMS_OFFICER,
    Role.APPROVER,
    Role.UNDERWRITER,
    Role.SPONSOR_COMMERCE,
    Role.SPONSOR_FINANCE,
    Role.AUDITOR,
    Role.ADMINISTRATOR,
)
SPONSORS = (Role.SPONSOR_COMMERCE, Role.SPONSOR_FINANCE)

# Who may see what of the programme's work. One table each, used by pages and actions alike.
DESK = (Role.REVIEWER, Role.CLAIMS_OFFICER, Role.APPROVER, Role.UNDERWRITER, Role.AUDITOR)
DECIDES_APPLICATIONS = (Role.REVIEWER,)
APPLIES = (Role.EXPORTER,)  # binds a firm, applies, acknowledges, appeals: always for a firm it acts for
DECIDES_MEMBERSHIPS = (Role.REVIEWER,)
DECIDES_APPEALS = (Role.REVIEWER,)
APPROVES_CORRECTIONS = (Role.REVIEWER, Role.APPROVER)  # never the one who proposed it
CLOSES_SCREENINGS = (Role.REVIEWER,)
ANNULS_POLICIES = (Role.REVIEWER,)
UNDOES_VERSIONS = (Role.REVIEWER, Role.COMMAND)
SETS_SERVICE_LEVELS = (Role.ADMINISTRATOR,)
SETS_UNDERWRITER_ACCOUNT = (Role.ADMINISTRATOR,)
CONFIRMS_UNDERWRITER_ACCOUNT = (Role.ADMINISTRATOR, Role.APPROVER)  # never who set it
NOTES_TIES = (Role.ADMINISTRATOR, *DESK)  # an administrator anybody's, others their own
SEES_DOCUMENTS = DESK
IMPORTS_SOURCES = (Role.REVIEWER, Role.COMMAND)
IMPORTS_APPLICATIONS = (Role.REVIEWER, Role.COMMAND)
ISSUES_POLICIES = (Role.REVIEWER, Role.UNDERWRITER, Role.COMMAND)
RECORDS_PAPER = (Role.REVIEWER,)
ASSESSES_CLAIMS = (Role.CLAIMS_OFFICER,)  # looks into claims, asks for more, answers consents, assesses
APPROVES_CLAIMS = (Role.APPROVER,)  # never what they assessed; also reversals, waivers and releases of batches
MINDS_OBLIGORS = (Role.CLAIMS_OFFICER, Role.APPROVER)  # answers look-alikes, merges, confirms concerns
SETS_EXCLUSIONS_ASIDE = (Role.CLAIMS_OFFICER,)  # what follows, an approval or a payment, another person releases
IMPORTS_CLAIM_FILES = (Role.CLAIMS_OFFICER, Role.COMMAND)  # rates and exclusions
ORDERS_PAYMENTS = (Role.CLAIMS_OFFICER,)
RECORDS_RECOVERIES = (Role.CLAIMS_OFFICER,)
ENTERS_EVENTS = (Role.CLAIMS_OFFICER, Role.APPROVER)
SEES_CLAIMS = (Role.CLAIMS_OFFICER, Role.APPROVER, Role.UNDERWRITER, Role.AUDITOR)
SEES_IDENTITY_NUMBERS = (Role.REVIEWER,)
SEES_FIRMS = DESK
SEES_LISTED_PEOPLE = (*DECIDES_APPLICATIONS, Role.AUDITOR)  # the names of people on the lists
SEES_POLICIES = (*DESK, *SPONSORS)
SEES_OVERVIEW = (*DESK, *SPONSORS)
SEES_CLAIMS_OVERVIEW = (*SEES_CLAIMS, *SPONSORS)  # counts and sums, of no firm and no single claim
TAKES_ROSTERS = (*SPONSORS, Role.UNDERWRITER, Role.AUDITOR, Role.COMMAND)
CHECKS_ROSTERS = (*TAKES_ROSTERS, Role.REVIEWER)  # tells whether one that comes back is unaltered
MINDS_THE_POST = (Role.ADMINISTRATOR,)  # texts and mails of which nobody knows whether they arrived
MANAGES_STAFF = (Role.ADMINISTRATOR, Role.COMMAND)
SEES_ACCOUNTS = (Role.REVIEWER, Role.AUDITOR, Role.ADMINISTRATOR)  # exporters', masked
MANAGES_ACCOUNTS = (Role.ADMINISTRATOR,)
MANAGES_TERMS = (Role.ADMINISTRATOR, Role.COMMAND)
SEES_TERMS = STAFF_ROLES
SEES_AUDIT = (Role.AUDITOR,)
ERASES_PEOPLE = (Role.ADMINISTRATOR, Role.COMMAND)


@dataclass(frozen=True)
class Actor:
    """Who does something: the account's id (or `command`, `anonymous`) and the role it acts in."""

    id: str
    role: Role


COMMAND = Actor("command", Role.COMMAND)
PORTAL = Actor("portal", Role.COMMAND)  # what follows at once from the rules, with nobody deciding
ANONYMOUS = Actor("anonymous", Role.ANONYMOUS)


class NotAllowed(Exception):
    """This actor's role does not allow this action. Pages answer 403, and the refusal is audited."""

    tied = False  # whether it is for a tie to a firm; the error page then says so and not that the role lacks

    def __init__(self, who: Actor, action: str) -> None:
        super().__init__(f"{who.role} may not {action}")
        self.who = who
        self.action = action


def require(who: Actor, allowed: tuple[Role, ...], action: str) -> None:
    """Raise `NotAllowed` unless the actor's role is among those allowed to do `action`."""
    if who.role not in allowed:
        raise NotAllowed(who, action)
