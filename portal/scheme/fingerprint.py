"""The fingerprint of a terms file: of what it says, not of how it is laid out or commented."""

import hashlib
import json
from collections.abc import Mapping
from datetime import date


def fingerprint_of(raw: Mapping[str, object]) -> str:
    """The SHA-256 of a file's content as read from TOML, in lower-case hexadecimal."""
    content = json.dumps(raw, sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=date.isoformat)
    return hashlib.sha256(content.encode()).hexdigest()
