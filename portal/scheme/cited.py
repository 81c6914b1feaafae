"""A value's source: the article it rests on, and whether it is provisional."""

from collections.abc import Collection, Mapping
from typing import NamedTuple


class Cited(NamedTuple):
    """The article of the terms file, and whether no public source settles the value."""

    article: str
    provisional: bool


Articles = Mapping[str, Cited]
"""What each line of a worksheet rests on, by the line's code."""


def settled(articles: Articles, confirmed: Collection[str]) -> Articles:
    """The same with no mark on the values at these paths: the operator has confirmed them."""
    return {
        path: one._replace(provisional=one.provisional and path not in confirmed) for path, one in articles.items()
    }
