"""Two versions of a source side by side, and what an uploaded file would change, row by row."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Response, abort, make_response, render_template, request
from flask_babel import gettext as _
from werkzeug.wrappers import Response as BaseResponse

from portal.common import audit, roles
from portal.common.roles import Role
from portal.common.table_sheet import Column, Value, send_workbook, workbook_file, write_table
from portal.common.web import actor, instance, open_to, people, reading
from portal.reference import actions, queries
from portal.reference.actions import NoSuchUpload
from portal.reference.blueprint import reference
from portal.reference.customs_differences import CustomsFound, customs_between
from portal.reference.difference_rows import changes_of, ordered, rows_of
from portal.reference.differences import Found, between, shown
from portal.reference.names import DIFFERENCE_NAMES, FIELD_NAMES, SOURCE_NAMES
from portal.reference.records import SourceVersion
from portal.reference.sides import KINDS, Difference
from portal.reference.staff_pages import gone
from portal.reference.store import person_name_index

LONGEST_SEARCH = 100  # characters


@dataclass(frozen=True)
class _Compared:
    """Two versions as an address asks for them: all differences by kind, and those that the filter leaves."""

    versions: Sequence[SourceVersion]
    older: SourceVersion
    newer: SourceVersion
    kind: str
    text: str
    counts: dict[str, int]
    left: list[Found | CustomsFound]


@reference.get("/desk/sources/<source>/compare")
@open_to(*roles.SEES_FIRMS)
def compare(source: str) -> str:
    """What two versions of a source say differently, by kind, searched and paged."""
    found = _compared(source)
    page = queries.clamped(request.args.get("page", 1, type=int), len(found.left) if found else 0)
    rows: list[dict[str, Any]] = []
    if found is not None:
        part = found.left[(page - 1) * queries.PER_PAGE : page * queries.PER_PAGE]
        rows = rows_of(reading(), people(), source, part, _sees_people())
    return render_template(
        "reference/compare.html",
        source=source,
        name=SOURCE_NAMES[source],
        found=found,
        rows=rows,
        kinds=[(kind, str(DIFFERENCE_NAMES[kind])) for kind in KINDS],
        sees_people=_sees_people(),
        page=page,
        per_page=queries.PER_PAGE,
    )


@reference.get("/desk/sources/<source>/compare/export")
@open_to(*roles.SEES_FIRMS)
def compare_export(source: str) -> Response:
    """The differences of the two versions that the filter leaves, as Excel: a line for each field; on record."""
    found = _compared(source)
    if found is None:
        abort(404)
    differences = shown(reading(), people(), source, found.left, _sees_people())
    columns = [
        Column(_("Difference"), width=18),
        Column(_("Firm or person"), width=36),
        Column(_("Credit code"), width=22),
        *([Column(_("Year"), "count", 8)] if source == "customs" else []),
        Column(_("Field"), width=18),
        Column(_("Version %(number)s", number=found.older.number), width=36),
        Column(_("Version %(number)s", number=found.newer.number), width=36),
    ]
    rows = _lines(differences, source == "customs")
    file, number = workbook_file(lambda out: write_table(out, _("Differences"), columns, rows))
    audit.note(
        instance().database,
        actor(),
        "reference.compare_export",
        f"{source} version {found.newer.number}",
        audit.DOWNLOADED,
        older=found.older.number,
        kind=found.kind,
        rows=number,
    )
    name = _(
        "%(source)s versions %(older)s and %(newer)s.xlsx",
        source=SOURCE_NAMES[source],
        older=found.older.number,
        newer=found.newer.number,
    )
    return send_workbook(file, name)


@reference.get("/desk/sources/imports/<upload_id>/changes")
@open_to(Role.REVIEWER)
def preview_changes(upload_id: str) -> BaseResponse:
    """Every firm or entry that importing an uploaded file would change, or that the file no longer has."""
    try:
        source, file_name, data = actions.uploaded(instance(), actor(), upload_id)
    except NoSuchUpload:
        return gone(upload_id)
    found = changes_of(reading(), actions.preview_source(instance(), source, data, file_name))
    page = queries.clamped(request.args.get("page", 1, type=int), len(found))
    part = found[(page - 1) * queries.PER_PAGE : page * queries.PER_PAGE]
    return make_response(
        render_template(
            "reference/preview_changes.html",
            upload_id=upload_id,
            source=source,
            name=SOURCE_NAMES[source],
            file_name=file_name,
            rows=rows_of(reading(), people(), source, part, _sees_people()),
            total=len(found),
            page=page,
            per_page=queries.PER_PAGE,
        )
    )


def _lines(differences: Iterator[Difference], with_year: bool) -> Iterator[list[Value]]:
    for one in differences:
        head: list[Value] = [str(DIFFERENCE_NAMES[one.kind]), one.name, one.code]
        if with_year:
            head.append(one.year)
        for line in one.lines:
            yield [*head, str(FIELD_NAMES[line.field]), line.before, line.now]
        if not one.lines:
            yield [*head, None, None, None]


def _compared(source: str) -> _Compared | None:
    """The two versions in the address, by default the newest two; None while there are not two."""
    if source not in actions.SOURCES:
        abort(404)
    versions = queries.standing_versions(reading(), source)
    if len(versions) < 2:
        return None
    by_number = {version.number: version for version in versions}
    asked = [request.args.get(name, type=int) for name in ("from", "to")]
    chosen = [by_number.get(number or 0) for number in asked]
    older, newer = chosen[0] or versions[1], chosen[1] or versions[0]
    if older.number > newer.number:
        older, newer = newer, older
    every: Sequence[Found | CustomsFound] = []
    if older is not newer:
        every = (customs_between if source == "customs" else between)(reading(), older, newer)
    kind = request.args.get("kind", "")
    kind = kind if kind in KINDS else ""
    text = request.args.get("q", "").replace("\x00", "").strip()[:LONGEST_SEARCH]
    left = [one for one in every if (not kind or one.kind == kind) and _fits(one, text)]
    counts = {one: sum(found.kind == one for found in every) for one in KINDS}
    return _Compared(versions, older, newer, kind, text, counts, ordered(left))


def _fits(one: Found | CustomsFound, text: str) -> bool:
    """Whether a name or code has this part, or, for who may see them, a listed person has this whole name."""
    if not text:
        return True
    if text in (one.name or "") or text.upper() in (one.code or ""):
        return True
    if not isinstance(one, Found) or one.person_index is None or not _sees_people():
        return False
    return one.person_index == person_name_index(instance().keys, text)


def _sees_people() -> bool:
    return actor().role in roles.SEES_LISTED_PEOPLE
