"""The commands. Output in English; exit status 0 only on success; errors in one line on stderr."""

from collections.abc import Callable
from typing import Any, TypeVar

from flask import Flask, current_app

from portal.common.instance import Instance

Command = TypeVar("Command", bound=Callable[..., Any])


def served() -> Instance:
    """The instance the command works on."""
    instance: Instance = current_app.extensions["tongbao"]
    return instance


def add_commands(app: Flask) -> None:
    """Put every command on `flask --app app`."""
