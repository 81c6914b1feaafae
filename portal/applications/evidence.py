"""The evidence of one case side by side: what was said, and what registry, customs and lists say.

Everything comes from the frozen facts of a decision, so what is shown is what was decided on. What the facts
leave out (customs' spelling of the name, the source of a list entry) is read from the very rows they name.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from flask_babel import ngettext
from markupsafe import Markup
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.applications.correction_words import correction_text
from portal.applications.deciding import opened_facts
from portal.applications.queries import findings
from portal.applications.records import Decision
from portal.applications.reviews import LIST_RULES
from portal.common.codes import mask_identity_number
from portal.common.formats import day, mark_differences, masked, money
from portal.common.people import People
from portal.reference.records import CustomsLine, ListEntryRow, SourceVersion
from portal.scheme import corrected as mended
from portal.scheme import findings as codes
from portal.scheme.facts import Facts, ListEntry, Person
from portal.scheme.findings import Verdict
from portal.scheme.names import name_key, person_key

ERASED = "\x00erased"  # no name or number can be this: stands for what an erased person's values were
Cell = Mapping[str, Any] | None
Row = Mapping[str, Any]

EXPORTS = (codes.EXPORTS_ABOVE_ZERO, codes.EXPORTS_WITHIN_CAP)


@dataclass(frozen=True)
class Evidence:
    """The table as the template draws it. ``full_numbers``: whole identity numbers can be read in it."""

    columns: list[str]
    rows: list[Row]
    full_numbers: bool
    judged_on: str


def evidence_of(
    session: Session, people: People, decision: Decision, base_year: int, full_numbers: bool
) -> Evidence:
    """The evidence table of a decision; identity numbers whole only with ``full_numbers``."""
    facts = opened_facts(people, decision, erased=ERASED)
    table = _Table(session, decision, facts, base_year, full_numbers)
    return Evidence(
        columns=table.columns(),
        rows=table.rows(),
        full_numbers=full_numbers and table.holds_numbers(),
        judged_on=day(facts.judged_on),
    )


def entries_of(people: People, decision: Decision) -> tuple[ListEntry, ...]:
    """The list entries of a decision in the order in which the table numbers them: those in question first."""
    return _in_order(decision, opened_facts(people, decision, erased=ERASED).list_entries)


class _Table:
    """Builds the rows: facts down, sources across, one column for each list entry that could concern them."""

    def __init__(
        self, session: Session, decision: Decision, facts: Facts, base_year: int, full_numbers: bool
    ) -> None:
        self.facts = facts
        self.base_year = base_year
        self.full_numbers = full_numbers
        self.questioned = {f.code: f for f in findings(decision) if f.verdict is not Verdict.PASS}
        self.entries = _in_order(decision, facts.list_entries)
        self.sources = _list_sources(session, self.entries)
        self.customs_names = _customs_names(session, decision, facts, base_year)

    def columns(self) -> list[str]:
        """The headings of the sources."""
        said = [_("The firm says"), _("Registry"), _("Customs")]
        if len(self.entries) < 2:
            return [*said, _("Lists")]
        return said + [_("Lists, entry %(number)s", number=n) for n in range(1, len(self.entries) + 1)]

    def rows(self) -> list[Row]:
        """Every row, the questioned ones marked."""
        return [
            self._row(_("Firm name"), self._names(), codes.FIRM_NOT_LISTED, codes.INDEPENDENT_LEGAL_PERSON),
            self._row(_("Unified social credit code"), self._codes()),
            self._row(_("Kind of enterprise"), self._registry("company_type"), codes.INDEPENDENT_LEGAL_PERSON),
            self._row(
                _("Place of registration, status"),
                self._registry("place", "status"),
                codes.REGISTERED_IN_MUNICIPALITY,
                codes.REGISTRATION_ACTIVE,
            ),
            self._row(_("%(year)s exports", year=self.base_year), self._exports(), *EXPORTS),
            self._row(_("Legal representative"), self._representatives(), codes.REPRESENTATIVE_NOT_LISTED),
            self._row(_("Identity number"), self._numbers(), codes.REPRESENTATIVE_NOT_LISTED),
            self._row(
                _("List entry"),
                [None, None, None, *self._each_entry(self._entry, _muted(_("no entry")))],
                codes.FIRM_NOT_LISTED,
                codes.REPRESENTATIVE_NOT_LISTED,
            ),
        ]

    def holds_numbers(self) -> bool:
        """Whether any identity number is in the facts at all, not erased."""
        persons = [self.facts.representative, *(entry.person for entry in self.entries)]
        return any(one is not None and one.id_number not in (None, ERASED) for one in persons)

    def _row(self, label: str, cells: Sequence[Cell], *questions: str) -> Row:
        disputed = any(code in self.questioned for code in questions)
        return {"label": label, "cells": list(cells), "disputed": disputed}

    def _each_entry(self, cell: Any, empty: Cell = None) -> list[Cell]:
        return [cell(entry) for entry in self.entries] if self.entries else [empty]

    def _no_columns(self) -> list[Cell]:
        """What lists say of something that they have no column for."""
        return [None] * max(1, len(self.entries))

    def _names(self) -> list[Cell]:
        said, record = self.facts.declared_name, self.facts.registry
        customs: Cell = _muted(_("no record")) if self.facts.exports is None else None
        if self.customs_names:
            marked = [mark_differences(said, name) for name in self.customs_names]
            notes = {note for note in map(self._key_note, self.customs_names) if note}
            customs = {"text": Markup("<br>").join(marked), "note": "；".join(sorted(notes))}
        return [
            {"text": said},
            self._noted(self._firm(record.name), self._corrected(mended.NAME))
            if record
            else _muted(_("no record")),
            customs,
            *self._each_entry(
                lambda entry: self._firm(entry.name) if entry.name else _muted(_("names no firm")),
                _muted(_("no entry")),
            ),
        ]

    def _corrected(self, *wanted: str, which: str | None = None) -> str | None:
        """What was corrected of these facts, and what the source says instead."""
        said = [
            correction_text(one)
            for one in self.facts.corrected
            if one.fact in wanted and (which is None or one.which == which)
        ]
        return _("; ").join(said) or None

    def _noted(self, cell: Cell, note: str | None) -> Cell:
        if cell is None or note is None:
            return cell
        return {**cell, "note": _("; ").join([one for one in (cell.get("note"), note) if one])}

    def _firm(self, name: str) -> Cell:
        return {"text": mark_differences(self.facts.declared_name, name), "note": self._key_note(name)}

    def _key_note(self, name: str) -> str | None:
        said = self.facts.declared_name
        if name == said:
            return None
        return _("same name key") if name_key(name) == name_key(said) else _("another name key")

    def _codes(self) -> list[Cell]:
        uscc, record = self.facts.uscc, self.facts.registry
        listed = self._each_entry(
            lambda entry: (
                {"text": mark_differences(uscc, entry.uscc), "code": True}
                if entry.uscc
                else _muted(_("none given"))
            )
        )
        same = Markup('<span class="tb-code">{}</span> <span class="tb-muted">{}</span>')
        # Registry and customs are looked up by this code, so where they have the firm they have the code.
        if record and self.facts.exports:
            return [{"text": same.format(uscc, _("all three the same")), "span": 3}, *listed]
        if record:
            return [{"text": same.format(uscc, _("both the same")), "span": 2}, _muted(_("no record")), *listed]
        customs: Cell = {"text": uscc, "code": True} if self.facts.exports else _muted(_("no record"))
        return [{"text": uscc, "code": True}, _muted(_("no record")), customs, *listed]

    def _registry(self, *columns: str) -> list[Cell]:
        record = self.facts.registry
        cell: Cell = _muted(_("no record"))
        if record is not None:
            values = [getattr(record, column) for column in columns]
            known = _(", ").join(value or _("none given") for value in values)
            cell = {"text": known} if any(values) else _muted(_("none given"))
            if record.absent:
                cell = {**cell, "note": _("no longer in the newest registry")}
            cell = self._noted(cell, self._corrected(*columns))
        return [_muted(_("not asked of the firm")), cell, None, *self._no_columns()]

    def _exports(self) -> list[Cell]:
        exports = self.facts.exports
        customs: Cell = _muted(_("no record"))
        if exports is not None:
            lines = ngettext("from %(num)s line", "sum of %(num)s lines", exports.lines)
            changed = self._corrected(mended.EXPORTS)
            customs = {"text": money(exports.total), "strong": True, "note": changed or lines}
        return [_muted(_("not asked of the firm")), None, customs, *self._no_columns()]

    def _representatives(self) -> list[Cell]:
        said, record = self.facts.representative, self.facts.registry
        registered = record.representative if record else None
        nobody = _("not in the record") if record else _("no record")
        return [
            {"text": said.name} if said.name != ERASED else _muted(_("erased")),
            self._person(registered) if registered else _muted(nobody),
            None,
            *self._each_entry(
                lambda entry: self._person(entry.person) if entry.person else _muted(_("names no person")),
                _muted(_("no entry")),
            ),
        ]

    def _person(self, person: Person) -> Cell:
        said = self.facts.representative.name
        if person.name == ERASED:
            return _muted(_("erased"))
        if said == ERASED:
            return {"text": person.name}
        same = person.name != said and person_key(person.name) == person_key(said)
        return {
            "text": mark_differences(said, person.name),
            "note": _("the same but for spaces, dots or capitals") if same else None,
        }

    def _numbers(self) -> list[Cell]:
        said = self.facts.representative.id_number
        return [
            self._noted(self._number(None, said), self._corrected(mended.REPRESENTATIVE_NUMBER)),
            None,
            None,
            *self._each_entry(lambda entry: self._number(said, entry.person.id_number) if entry.person else None),
        ]

    def _number(self, said: str | None, number: str | None) -> Cell:
        if number is None:
            return _muted(_("none given"))
        if number == ERASED:
            return _muted(_("erased"))
        if not self.full_numbers:
            number = mask_identity_number(number)
            said = mask_identity_number(said) if said and said != ERASED else None
        if said is None or said == ERASED:
            return {"text": masked(number), "code": True}
        return {"text": mark_differences(said, number), "code": True}

    def _entry(self, entry: ListEntry) -> Cell:
        removed = _("removed %(date)s", date=day(entry.removed_on)) if entry.removed_on else _("not removed")
        notes = [_("listed %(date)s", date=day(entry.listed_on)), removed]
        if entry.set_aside:
            notes.append(_("set aside by a reviewer"))
        changed = self._corrected(mended.ENTRY_REMOVED, which=entry.entry_id)
        if changed:
            notes.append(changed)
        source = self.sources.get(entry.entry_id)
        if source:
            notes.append(source)
        return {"text": entry.list_type, "note": _(", ").join(notes)}


def entry_words(entry: ListEntry, place: int) -> str:
    """One list entry in a line, to be ticked: which it is, and what kind."""
    whom = entry.name or (entry.person.name if entry.person else "")
    if whom == ERASED:
        whom = _("erased")
    return _(
        "Entry %(number)s: %(whom)s, %(kind)s, listed %(date)s",
        number=place,
        whom=whom or "—",
        kind=entry.list_type,
        date=day(entry.listed_on),
    )


def _in_order(decision: Decision, entries: Sequence[ListEntry]) -> tuple[ListEntry, ...]:
    asked = {
        str(entry_id)
        for finding in findings(decision)
        if finding.code in LIST_RULES and finding.verdict is not Verdict.PASS
        for entry_id in _texts(finding.value["entries"])
    }
    return tuple(sorted(entries, key=lambda entry: (entry.entry_id not in asked, int(entry.entry_id))))


def _muted(text: str) -> dict[str, Any]:
    return {"text": text, "muted": True}


def _texts(value: object) -> list[str]:
    return [str(one) for one in value] if isinstance(value, list) else []


def _list_sources(session: Session, entries: Sequence[ListEntry]) -> dict[str, str]:
    ids = [int(entry.entry_id) for entry in entries]
    if not ids:
        return {}
    query = select(ListEntryRow.id, ListEntryRow.source).where(ListEntryRow.id.in_(ids))
    return {str(row_id): source for row_id, source in session.execute(query) if source}


def _customs_names(session: Session, decision: Decision, facts: Facts, base_year: int) -> list[str]:
    if facts.exports is None:
        return []
    query = (
        select(CustomsLine.name)
        .join(SourceVersion, SourceVersion.id == CustomsLine.version_id)
        .where(
            SourceVersion.source == "customs",
            SourceVersion.number == decision.customs_version,
            CustomsLine.uscc == facts.uscc,
            CustomsLine.year == base_year,
        )
        .distinct()
    )
    return sorted(name for name in session.execute(query).scalars() if name)
