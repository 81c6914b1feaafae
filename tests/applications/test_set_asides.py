"""A match that was set aside speaks for the one it was set aside for, and for nobody else."""

from portal.applications.reviews import SET_ASIDE, latest_decision, open_matches, review
from portal.common.instance import Instance
from portal.scheme import stages
from tests import samples
from tests.people import LIN_ZHIYAO
from tests.policies.stories import acting, application_of

NAMED = samples.Firm(
    "厦门恒示达示例有限公司", samples.valid_uscc(81), "汪一苇", samples.valid_identity_number(81), "1000.00"
)
SISTER = samples.Firm(
    "厦门另行示例有限公司", samples.valid_uscc(82), "汪一苇", samples.valid_identity_number(81), "1000.00"
)


def _sources(instance: Instance, representative: str | None = None) -> None:
    firms = (NAMED, SISTER)
    registry = [samples.registry_line(f.uscc, f.name, representative=representative) for f in firms]
    samples.import_one(instance, "registry", samples.registry_book(registry))
    customs = [samples.customs_line(f.uscc, f.name, f.exports) for f in firms]
    samples.import_one(instance, "customs", samples.customs_book(customs))
    # One entry names a firm without its code and a person without a number: it can concern either.
    entry = samples.list_line(NAMED.name, None, "汪一苇", None)
    samples.import_one(instance, "lists", samples.lists_book([entry]))


def _set_aside(instance: Instance, firm: samples.Firm) -> str:
    application = application_of(instance, firm)
    with instance.database.reading() as session:
        decision = latest_decision(session, application.id)
    assert decision is not None
    entries = [entry for found in open_matches(decision).values() for entry in found]
    who = acting(instance, LIN_ZHIYAO)
    return review(instance, who, application.number, decision.id, SET_ASIDE, "法院回函：不是同一人", entries)


def test_a_person_set_aside_on_one_firms_case_says_nothing_of_another_firms_name(instance: Instance) -> None:
    _sources(instance)
    samples.apply_all(instance, [SISTER])
    assert _set_aside(instance, SISTER) == stages.CLEARED

    samples.apply_all(instance, [NAMED])

    with instance.database.reading() as session:
        decision = latest_decision(session, application_of(instance, NAMED).id)
    assert decision is not None
    assert decision.referred == "firm_not_listed"


def test_the_declared_representative_set_aside_says_nothing_of_the_one_the_registry_names(
    instance: Instance,
) -> None:
    _sources(instance)
    samples.apply_all(instance, [SISTER])
    assert _set_aside(instance, SISTER) == stages.CLEARED
    other = samples.Firm(SISTER.name, SISTER.uscc, "顾二川", samples.valid_identity_number(83), "1000.00")
    _sources(instance, representative="汪一苇")
    application = application_of(instance, SISTER)
    assert application.state == stages.CLEARED

    samples.apply_all(instance, [samples.Firm(NAMED.name, NAMED.uscc, other.representative, other.number, "1.00")])

    with instance.database.reading() as session:
        decision = latest_decision(session, application_of(instance, NAMED).id)
    assert decision is not None
    assert "representative_not_listed" in decision.referred.split()


def test_setting_aside_for_firm_and_person_at_once_settles_both(instance: Instance) -> None:
    _sources(instance)
    samples.apply_all(instance, [NAMED])
    assert _set_aside(instance, NAMED) == stages.CLEARED
