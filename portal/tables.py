"""Every table of the portal, so that migrations and the audit check see all of them."""

from portal.accounts import records as accounts
from portal.appeals import records as appeals
from portal.applications import records as applications
from portal.common import audit, outbox, people, rate
from portal.common.types import Base
from portal.documents import records as documents
from portal.members import records as members
from portal.messages import records as messages
from portal.policies import records as policies
from portal.programme import records as programme
from portal.reference import records as reference
from portal.sponsor import records as sponsor

metadata = Base.metadata

__all__ = [
    "accounts",
    "appeals",
    "applications",
    "audit",
    "documents",
    "members",
    "messages",
    "metadata",
    "outbox",
    "people",
    "policies",
    "programme",
    "rate",
    "reference",
    "sponsor",
]
