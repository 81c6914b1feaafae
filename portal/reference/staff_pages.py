"""The sources as staff see them: versions, importing a file, and what the newest snapshots no longer have."""

from collections.abc import Iterable
from decimal import Decimal
from io import BytesIO

from flask import abort, flash, make_response, redirect, render_template, request, send_file, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response as BaseResponse

from portal.accounts.names import ROLE_NAMES
from portal.accounts.queries import names_of
from portal.common import audit, clock, roles
from portal.common.file_import import shown_rejected
from portal.common.formats import count_text
from portal.common.problems import WorkbookRefused
from portal.common.roles import Role
from portal.common.web import actor, instance, open_to, people, reading
from portal.programme.current import current_scheme
from portal.reference import actions, forms, queries
from portal.reference.actions import ImportResult, NoSuchUpload
from portal.reference.blueprint import reference
from portal.reference.difference_rows import changes_of, rows_of
from portal.reference.files import CUSTOMS_HEADINGS, LIST_HEADINGS, REGISTRY_HEADINGS, SOURCE_LIMITS
from portal.reference.names import SOURCE_NAMES, SOURCE_SEMANTICS, SOURCE_USES
from portal.reference.undoing import reason_of

HEADINGS = {"registry": REGISTRY_HEADINGS, "customs": CUSTOMS_HEADINGS, "lists": LIST_HEADINGS}
FIRST_REJECTED = 20  # rows shown on the preview; the sheet has them all
MANY_ABSENT = Decimal("0.05")  # more than this share missing is a reason to stop
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
FIRST_CHANGES = 20  # differences listed on the preview; a page of their own has them all


@reference.get("/desk/sources")
@open_to(*roles.SEES_FIRMS)
def sources() -> str:
    """Each source with its newest version, what is missing, and what the newest snapshots no longer have."""
    newest = queries.newest_versions(reading())
    years = queries.customs_years(reading())
    absent_firms, absent_entries = queries.absent_counts(reading())
    base_year = current_scheme(clock.today()).on(clock.today()).base_year
    return render_template(
        "reference/sources.html",
        sources=actions.SOURCES,
        names=SOURCE_NAMES,
        uses=SOURCE_USES,
        newest=newest,
        missing=[SOURCE_NAMES[source] for source in actions.SOURCES if source not in newest],
        years=years,
        base_year=base_year,
        base_year_missing=base_year not in {year for year, _version in years},
        who=_who(version.imported_by for version in newest.values()),
        absent_firms=absent_firms,
        absent_entries=absent_entries,
        may_import=_may_import(),
    )


@reference.get("/desk/sources/<source>")
@open_to(*roles.SEES_FIRMS)
def versions(source: str) -> str:
    """All versions of a source, newest first."""
    _require_source(source)
    found = queries.versions_page(reading(), source, _page())
    return render_template(
        "reference/versions.html",
        source=source,
        name=SOURCE_NAMES[source],
        found=found,
        per_page=queries.PER_PAGE,
        years=queries.years_of(reading(), [v.id for v in found.rows]) if source == "customs" else {},
        who=_who(version.imported_by for version in found.rows),
        may_import=_may_import(),
        compared=queries.newest_two(reading(), source),
    )


@reference.get("/desk/sources/<source>/<int(max=2147483647):number>")
@open_to(*roles.SEES_FIRMS)
def version(source: str, number: int) -> str:
    """One version: who brought it when, which file, and what it changed."""
    found = queries.version_of(reading(), source, number)
    if found is None:
        abort(404)
    return render_template(
        "reference/version.html",
        source=source,
        name=SOURCE_NAMES[source],
        version=found,
        years=queries.years_of(reading(), [found.id]).get(found.id, []),
        who=_who([one for one in (found.imported_by, found.undone_by) if one]),
        sheet=_may_import() and queries.has_rejected_sheet(reading(), found.id),
        undone_reason=reason_of(reading(), instance().keys, found) if found.undone_at is not None else None,
        may_undo=actor().role in roles.UNDOES_VERSIONS and found.undone_at is None,
        newest=queries.newest_versions(reading()).get(source),
        before=queries.version_before(reading(), found),
        affected=queries.affected_by(reading(), found),
        absent_kind={"registry": "firms", "lists": "entries"}.get(source),
    )


@reference.get("/desk/sources/<source>/<int(max=2147483647):number>/rejected.xlsx")
@open_to(Role.REVIEWER)
def rejected(source: str, number: int) -> BaseResponse:
    """The rows that a version did not take, with their reasons; the download is on record.

    They repeat the file as it came, identity numbers too, so they are for those who import only.
    """
    found = queries.version_of(reading(), source, number)
    sheet = actions.rejected_sheet_of(instance(), found.id) if found is not None else None
    if sheet is None:
        abort(404)
    return _download(sheet, f"{source}-{number}-rejected.xlsx", f"{source} version {number}")


@reference.route("/desk/sources/<source>/import", methods=["GET", "POST"])
@open_to(Role.REVIEWER)
def import_file(source: str) -> BaseResponse:
    """Take a file and go on to its preview; one that cannot be read is told beside the field and not kept."""
    _require_source(source)
    form = forms.ImportForm()
    if form.validate_on_submit():
        data = form.file.data.read()
        try:
            actions.READERS[source](data)
        except WorkbookRefused as refused:
            form.file.errors = [refused.problem.text()]
        else:
            upload_id = actions.upload_source(
                instance(), actor(), source, data, form.file.data.filename or "?.xlsx"
            )
            return redirect(url_for("reference.preview", upload_id=upload_id))
    page = render_template(
        "reference/import_file.html",
        form=form,
        source=source,
        name=SOURCE_NAMES[source],
        semantics=SOURCE_SEMANTICS[source],
        headings=HEADINGS[source],
        limit=SOURCE_LIMITS.size,
        newest=queries.newest_versions(reading()).get(source),
    )
    return make_response(page, 422 if form.is_submitted() else 200)


@reference.route("/desk/sources/imports/<upload_id>", methods=["GET", "POST"])
@open_to(Role.REVIEWER)
def preview(upload_id: str) -> BaseResponse:
    """What importing an uploaded file would do; then import it or put it away. Asking twice does it once."""
    form = forms.ConfirmForm()
    try:
        if form.validate_on_submit():
            if request.form.get("step") == "drop":
                return _dropped(upload_id)
            return _confirmed(upload_id)
        source, file_name, data = actions.uploaded(instance(), actor(), upload_id)
    except NoSuchUpload:
        return gone(upload_id)
    result = actions.preview_source(instance(), source, data, file_name)
    before = queries.known_before(reading(), source, result.years)
    changes = changes_of(reading(), result)
    absent_share = Decimal(result.counts.absent) / (before or 1)
    return make_response(
        render_template(
            "reference/preview.html",
            form=form,
            upload_id=upload_id,
            source=source,
            name=SOURCE_NAMES[source],
            semantics=SOURCE_SEMANTICS[source],
            file_name=file_name,
            size=len(data),
            result=result,
            takes_nothing=not (result.counts.added or result.counts.changed or result.counts.unchanged),
            before=before,
            many_absent=absent_share > MANY_ABSENT,
            absent_share=absent_share,
            changes=rows_of(reading(), people(), source, changes[:FIRST_CHANGES], sees_people=True),
            changed=len(changes),
            rejected=shown_rejected(result.rejected[:FIRST_REJECTED]),
        )
    )


@reference.get("/desk/sources/imports/<upload_id>/rejected.xlsx")
@open_to(Role.REVIEWER)
def preview_rejected(upload_id: str) -> BaseResponse:
    """The rows that importing an uploaded file would not take; the download is on record."""
    try:
        source, file_name, data = actions.uploaded(instance(), actor(), upload_id)
    except NoSuchUpload:
        return gone(upload_id)
    result = actions.preview_source(instance(), source, data, file_name)
    return _download(result.rejected_sheet(), f"{source}-rejected.xlsx", f"{source} upload {upload_id}")


@reference.get("/desk/sources/absent")
@open_to(*roles.SEES_FIRMS)
def absent() -> str:
    """Firms and list entries that the newest snapshots no longer have, each a task for a person."""
    sees_people = actor().role in roles.SEES_LISTED_PEOPLE
    kind = "entries" if request.args.get("kind") == "entries" else "firms"
    text = request.args.get("q", "").strip()[:100]
    if kind == "firms":
        found = queries.absent_firms(reading(), text, _page())
    else:
        found = queries.absent_entries(reading(), people(), text, _page(), sees_people)
    firms, entries = queries.absent_counts(reading())
    return render_template(
        "reference/absent.html",
        kind=kind,
        text=text,
        found=found,
        per_page=queries.PER_PAGE,
        firms=firms,
        entries=entries,
        sees_people=sees_people,
        may_close=actor().role in roles.DECIDES_APPLICATIONS,
    )


@reference.route("/desk/sources/absent/<int(max=2147483647):entry_id>/close", methods=["GET", "POST"])
@open_to(*roles.DECIDES_APPLICATIONS)
def close_entry(entry_id: int) -> BaseResponse:
    """Close a list entry that the newest snapshot no longer has, with a reason."""
    entry = queries.absent_entry(reading(), people(), entry_id)
    if entry is None:
        abort(404)
    back = url_for("reference.absent", kind="entries")
    form = forms.CloseEntryForm()
    if entry.row.closed_on is not None:
        flash(_("This entry is closed already; nothing was changed."))
        return redirect(back)
    if form.validate_on_submit():
        try:
            closed = actions.close_entry(instance(), actor(), entry_id, form.reason.data)
        except LookupError:  # an import came in between and has the entry again
            abort(404)
        if closed:
            flash(_("Closed: the entry no longer counts, from today on."), "success")
        else:
            flash(_("This entry is closed already; nothing was changed."))
        return redirect(back)
    page = render_template("reference/close_entry.html", entry=entry, form=form)
    return make_response(page, 422 if form.is_submitted() else 200)


def _confirmed(upload_id: str) -> BaseResponse:
    result = actions.confirm_upload(instance(), actor(), upload_id)
    if result.version is None and not result.same_file_again:
        flash(_("No row of this file can be taken; nothing was imported."), "error")
        return redirect(url_for("reference.preview", upload_id=upload_id))
    if result.same_file_again:
        flash(_("This file has been imported before and still holds; nothing was changed."))
        return redirect(url_for("reference.versions", source=result.source))
    flash(_imported(result), "success")
    return redirect(url_for("reference.version", source=result.source, number=result.version))


def _imported(result: ImportResult) -> str:
    counts = result.counts
    said = _(
        "Imported as version %(number)s: %(added)s added, %(changed)s changed, %(unchanged)s unchanged, "
        "%(rejected)s rejected.",
        number=result.version,
        added=count_text(counts.added),
        changed=count_text(counts.changed),
        unchanged=count_text(counts.unchanged),
        rejected=count_text(counts.rejected),
    )
    followed = result.followed
    if followed.decided:
        said += " " + ngettext(
            "%(num)s application that waited was decided.",
            "%(num)s applications that waited were decided.",
            followed.decided,
        )
    if followed.waiting or followed.insured:
        said += " " + _(
            "Affected: %(waiting)s waiting, %(insured)s insured.",
            waiting=count_text(followed.waiting),
            insured=count_text(followed.insured),
        )
    return said


def _dropped(upload_id: str) -> BaseResponse:
    source, file_name, _data = actions.uploaded(instance(), actor(), upload_id)
    actions.drop_upload(instance(), actor(), upload_id)
    flash(_("%(file)s was put away; nothing was imported.", file=file_name))
    return redirect(url_for("reference.import_file", source=source))


def gone(upload_id: str) -> BaseResponse:
    """The answer about an upload that is imported, put away or a day old."""
    source = queries.imported_source(reading(), upload_id)
    newest = queries.newest_versions(reading()).get(source) if source else None
    page = render_template("reference/upload_gone.html", source=source, names=SOURCE_NAMES, newest=newest)
    return make_response(page, 410)


def _download(sheet: bytes, name: str, subject: str) -> BaseResponse:
    audit.note(instance().database, actor(), "reference.rejected_rows", subject, audit.DOWNLOADED)
    return send_file(BytesIO(sheet), mimetype=XLSX, as_attachment=True, download_name=name)


def _who(actor_ids: Iterable[str]) -> dict[str, str]:
    """The names of whoever imported, `command` for the command line."""
    wanted = set(actor_ids)
    known = names_of(reading(), people(), wanted)
    return {one: str(ROLE_NAMES[one]) if one == Role.COMMAND else known.get(one, one) for one in wanted}


def _require_source(source: str) -> None:
    if source not in actions.SOURCES:
        abort(404)


def _may_import() -> bool:
    return actor().role in roles.IMPORTS_SOURCES


def _page() -> int:
    return request.args.get("page", 1, type=int)
