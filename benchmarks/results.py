"""One measured figure."""

from typing import NamedTuple


class Result(NamedTuple):
    """What a figure says, and whether it keeps its limit."""

    text: str
    kept: bool
