"""A value's source: the article it rests on, and whether it is provisional."""

from collections.abc import Mapping
from typing import NamedTuple


class Cited(NamedTuple):
    """The article of the terms file, and whether no public source settles the value."""

    article: str
    provisional: bool


Articles = Mapping[str, Cited]
"""What each line of a worksheet rests on, by the line's code."""
