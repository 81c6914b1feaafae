"""The legal representative that an application names: by which index the person is known, and naming another."""

from portal.applications.records import Application
from portal.common.people import People
from portal.scheme.id_numbers import is_valid_identity_number
from portal.scheme.names import person_key


def representative_match(people: People, uscc: str, name: str, number: str | None) -> str:
    """The index of a representative: by a valid identity number one person everywhere, else within the firm."""
    if number and is_valid_identity_number(number):
        return people.match("identity", number)
    return people.match("representative", f"{uscc}\x1f{person_key(name)}\x1f{number or ''}")


def replace_representative(people: People, application: Application, name: str, number: str | None) -> None:
    """Let an application name this representative from now on, inside an audited block.

    Decisions made before keep whom they were made on. The rules have to run again; the caller does that.
    """
    match = representative_match(people, application.uscc, name, number)
    sealer = people.get_or_make([match])[match]
    application.representative_id = sealer.person_id
    application.representative_sealed = sealer.seal_fields({"name": name, "id_number": number})
