"""The invented firms are what `tests/samples.py` says of them."""

from sqlalchemy import select

from portal.applications.records import Application
from portal.common.codes import normalise_uscc
from portal.common.instance import Instance
from portal.scheme.id_numbers import is_valid_identity_number
from tests.samples import OUTCOMES, apply_all, import_all, valid_identity_number, valid_uscc


def test_invented_codes_and_numbers_have_right_check_characters() -> None:
    for n in (0, 1, 99, 12_345, 999_999):
        assert normalise_uscc(valid_uscc(n)) == valid_uscc(n)
        assert is_valid_identity_number(valid_identity_number(n))


def test_every_invented_firm_is_decided_as_it_says(instance: Instance) -> None:
    import_all(instance)
    assert not apply_all(instance).rejected
    with instance.database.reading() as session:
        states = {a.uscc: a.state for a in session.execute(select(Application)).scalars()}
    assert states == {firm.uscc: state for state, firms in OUTCOMES.items() for firm in firms}
