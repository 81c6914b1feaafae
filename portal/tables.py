"""Every table of the portal, so that migrations and the audit check see all of them."""

from portal.accounts import records as accounts
from portal.appeals import records as appeals
from portal.applications import records as applications
from portal.claims import records as claims
from portal.common import audit, outbox, people, rate
from portal.common.types import Base
from portal.documents import records as documents
from portal.ledger import records as ledger
from portal.members import records as members
from portal.messages import records as messages
from portal.obligors import records as obligors
from portal.payments import records as payments
from portal.policies import records as policies
from portal.programme import records as programme
from portal.recoveries import records as recoveries
from portal.reference import records as reference
from portal.sponsor import records as sponsor
from portal.warnings import records as warnings

metadata = Base.metadata

__all__ = [
    "accounts",
    "appeals",
    "applications",
    "audit",
    "claims",
    "documents",
    "ledger",
    "members",
    "messages",
    "metadata",
    "obligors",
    "outbox",
    "payments",
    "people",
    "policies",
    "programme",
    "rate",
    "recoveries",
    "reference",
    "sponsor",
    "warnings",
]
