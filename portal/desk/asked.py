"""What a list of the desk was asked for in its address, whichever list it is."""

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Asked:
    """The base of what shapes a list; every field has the value that it takes when nothing is asked for."""

    def args(self) -> dict[str, Any]:
        """The values an address needs to ask for this again."""
        plain = asdict(type(self)())
        return {name: value for name, value in asdict(self).items() if value != plain[name]}

    @property
    def narrowed(self) -> bool:
        """Whether anything but view and order is asked for."""
        return bool(set(self.args()) - {"view", "sort"})
