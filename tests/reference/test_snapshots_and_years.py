"""What a new file of each source means for what was known before."""

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.applications.actions import decide_waiting
from portal.applications.facts import registry_records
from portal.applications.records import Application
from portal.common.audit_check import verify_audit
from portal.common.instance import AfterImport, Instance
from portal.common.people import People
from portal.common.roles import Actor, Role
from portal.reference.actions import close_entry, import_source
from portal.reference.compare import newest_customs_versions
from portal.reference.records import CustomsLine, ListEntryRow, RegistryRow, SourceVersion
from tests.samples import (
    DEBTOR,
    DISHONEST,
    FIRMS,
    GIANT,
    HARBOUR,
    apply_all,
    customs_book,
    customs_line,
    import_all,
    import_one,
    list_line,
    lists_book,
    registry_book,
    registry_line,
)

REVIEWER = Actor("somebody", Role.REVIEWER)


def states(instance: Instance) -> dict[str, str]:
    """Each application's state, by code of the firm."""
    with instance.database.reading() as session:
        return {a.uscc: a.state for a in session.execute(select(Application)).scalars()}


def entries(instance: Instance) -> list[ListEntryRow]:
    """Every row of the lists, oldest first."""
    with instance.database.reading() as session:
        return list(session.execute(select(ListEntryRow).order_by(ListEntryRow.id)).scalars())


def test_a_changed_firm_gets_a_new_row_and_the_old_one_names_the_version_that_replaced_it(
    instance: Instance,
) -> None:
    import_one(instance, "registry", registry_book())
    lines = [registry_line(f.uscc, f.name, status="注销" if f is HARBOUR else "存续") for f in FIRMS]
    counts = import_one(instance, "registry", registry_book(lines)).counts
    assert (counts.added, counts.changed, counts.absent) == (0, 6, 0)
    with instance.database.reading() as session:
        query = select(RegistryRow).where(RegistryRow.uscc == HARBOUR.uscc).order_by(RegistryRow.id)
        old, new = session.execute(query).scalars()
    assert (old.status, old.replaced_version) == ("存续（在营、开业、在册）", 2)
    assert (new.status, new.replaced_version, new.version_id) == ("注销", None, 2)


def test_a_firm_absent_from_the_newest_snapshot_is_marked_and_referred_afterwards(instance: Instance) -> None:
    import_all(instance)
    rest = [registry_line(f.uscc, f.name) for f in FIRMS if f is not HARBOUR]
    assert import_one(instance, "registry", registry_book(rest)).counts.absent == 1
    with instance.database.reading() as session:
        record = registry_records(session, People(session, instance.keys), [HARBOUR.uscc])[HARBOUR.uscc]
    assert record.absent
    apply_all(instance, [HARBOUR])
    assert states(instance)[HARBOUR.uscc] == "referred"


def test_a_firm_that_is_there_again_is_no_longer_absent(instance: Instance) -> None:
    whole = registry_book()
    import_one(instance, "registry", whole)
    import_one(instance, "registry", registry_book([registry_line(f.uscc, f.name) for f in FIRMS[1:]]))
    counts = import_one(instance, "registry", whole).counts
    assert (counts.added, counts.absent) == (0, 0)
    with instance.database.reading() as session:
        query = select(RegistryRow).where(RegistryRow.uscc == HARBOUR.uscc)
        assert session.execute(query).scalar_one().absent_version is None


def test_a_customs_file_replaces_its_years_and_leaves_the_others(instance: Instance) -> None:
    import_one(instance, "customs", customs_book([customs_line(HARBOUR.uscc, None, 5, 2020)]))
    import_one(instance, "customs", customs_book())
    corrected = customs_book([customs_line(HARBOUR.uscc, None, "0.01"), customs_line(HARBOUR.uscc, None, 2)])
    counts = import_one(instance, "customs", corrected).counts
    assert (counts.changed, counts.absent) == (2, 4)
    with instance.database.reading() as session:
        assert newest_customs_versions(session) == {2020: 1, 2021: 3}
        query = select(CustomsLine.amount_minor).where(CustomsLine.version_id == 3)
        assert sorted(session.execute(query).scalars()) == [1, 200]


def test_a_customs_file_of_another_year_in_between_does_not_make_the_first_one_new(instance: Instance) -> None:
    first, other = customs_book(), customs_book([customs_line(HARBOUR.uscc, None, 5, 2020)])
    import_one(instance, "customs", first)
    import_one(instance, "customs", other)
    assert import_one(instance, "customs", first).same_file_again
    with instance.database.reading() as session:
        assert len(session.execute(select(SourceVersion)).all()) == 2


def test_a_customs_file_that_another_replaced_can_be_taken_again(instance: Instance) -> None:
    first, corrected = customs_book(), customs_book([customs_line(HARBOUR.uscc, None, 7)])
    import_one(instance, "customs", first)
    import_one(instance, "customs", corrected)
    assert import_one(instance, "customs", first).version == 3


def test_an_absent_list_entry_stays_in_force_until_a_person_closes_it(instance: Instance) -> None:
    import_all(instance)
    import_one(instance, "lists", lists_book([list_line("福州无关示例有限公司", kind=DISHONEST)]))
    apply_all(instance, [DEBTOR])
    assert states(instance)[DEBTOR.uscc] == "ineligible"
    entry = next(row for row in entries(instance) if row.uscc == DEBTOR.uscc)
    assert entry.absent_version == 4
    assert close_entry(instance, REVIEWER, entry.id, "法院书面答复：已履行完毕") is True
    assert close_entry(instance, REVIEWER, entry.id, "再来一次") is False
    closed = next(row for row in entries(instance) if row.uscc == DEBTOR.uscc)
    assert closed.closed_reason_sealed is not None


def test_a_closed_entry_that_the_lists_have_again_is_in_force_again(instance: Instance) -> None:
    whole = lists_book()
    import_one(instance, "lists", whole)
    import_one(instance, "lists", lists_book([list_line("福州无关示例有限公司", kind=DISHONEST)]))
    entry = next(row for row in entries(instance) if row.uscc == DEBTOR.uscc)
    close_entry(instance, REVIEWER, entry.id, "法院书面答复：已履行完毕")
    import_one(instance, "lists", whole)
    old, new = [row for row in entries(instance) if row.uscc == DEBTOR.uscc]
    assert old.replaced_version == 3
    assert (new.closed_on, new.absent_version, new.replaced_version) == (None, None, None)


def test_a_filled_in_removal_date_is_a_change_of_the_same_entry(instance: Instance) -> None:
    import_one(instance, "lists", lists_book([list_line(DEBTOR.name, DEBTOR.uscc)]))
    removed = lists_book([list_line(DEBTOR.name, DEBTOR.uscc, removed_on="2022-01-05")])
    counts = import_one(instance, "lists", removed).counts
    assert (counts.added, counts.changed, counts.absent) == (0, 1, 0)


def test_the_rest_of_an_import_is_undone_when_deciding_who_waited_fails(instance: Instance) -> None:
    def fails(_session: Session, _by: Actor, _version: int) -> AfterImport:
        raise RuntimeError("deciding failed")

    with pytest.raises(RuntimeError, match="deciding failed"):
        import_source(instance, REVIEWER, "registry", registry_book(), "x.xlsx", fails)
    with instance.database.reading() as session:
        assert session.execute(select(SourceVersion)).all() == []
        assert session.execute(select(RegistryRow)).all() == []


def test_awaiting_applications_of_a_year_without_exports_go_on_waiting(instance: Instance) -> None:
    import_one(instance, "registry", registry_book())
    import_one(instance, "lists", lists_book())
    apply_all(instance, [GIANT])
    import_one(instance, "customs", customs_book([customs_line(GIANT.uscc, None, 5, 2019)]))
    assert states(instance)[GIANT.uscc] == "awaiting_source"
    with instance.database.locked() as session:
        assert decide_waiting(session, instance, REVIEWER) == 0


def test_the_trail_is_whole_after_all_kinds_of_changes(instance: Instance) -> None:
    import_all(instance)
    import_one(instance, "registry", registry_book([registry_line(HARBOUR.uscc, "厦门港湾新名示例有限公司")]))
    import_one(instance, "lists", lists_book([list_line(DEBTOR.name, DEBTOR.uscc)]))
    with instance.database.reading() as session:
        assert verify_audit(session).first_break is None
