"""How long things may take: service levels, and the calendar by which working days are counted."""

from typing import Any

from flask import abort, flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import extract, select
from werkzeug.wrappers import Response as BaseResponse

from portal.accounts.queries import names_of
from portal.common import clock, formats, roles
from portal.common.roles import Role
from portal.common.web import actor, instance, open_to, people, reading
from portal.programme import calendar_actions as actions
from portal.programme.calendar_forms import DayForm, LevelForm, YearForm
from portal.programme.pages import programme
from portal.programme.records import CalendarDay, CalendarYear, ServiceLevel
from portal.programme.service_levels import LEVELS, UNITS, Provisional, level
from portal.scheme.money import Money

KINDS = {"off": False, "worked": True, "usual": None}


def _worded(standing: Provisional, value: str) -> str:
    """A value as the page shows it: a sum with its currency, several days with commas between them."""
    return (
        formats.money(Money.of(value, standing.currency))
        if standing.kind == UNITS
        else value.replace(" ", _(", "))
    )


@programme.get("/desk/service-levels")
@open_to(*roles.SEES_TERMS)
def service_levels() -> str:
    """Every service level: what holds today and why, and what is to come."""
    today = clock.today()
    rows = (
        reading().execute(select(ServiceLevel).order_by(ServiceLevel.starts_on, ServiceLevel.id)).scalars().all()
    )
    names = names_of(reading(), people(), {row.set_by for row in rows})
    shown = []
    for key, standing in LEVELS.items():
        of_key = [row for row in rows if row.key == key]
        holding = [row for row in of_key if row.starts_on <= today]
        shown.append(
            {
                "key": key,
                "name": standing.name,
                "value": _worded(standing, level(reading(), key, today)),
                "reason": standing.reason,
                "set": holding[-1] if holding else None,
                "coming": [
                    (_worded(standing, row.value), row.starts_on) for row in of_key if row.starts_on > today
                ],
            }
        )
    return render_template(
        "programme/service_levels.html",
        levels=shown,
        names=names,
        may_set=actor().role in roles.SETS_SERVICE_LEVELS,
        calendar=_calendar(),
    )


@programme.route("/desk/service-levels/<key>", methods=["GET", "POST"])
@open_to(Role.ADMINISTRATOR)
def set_level(key: str) -> BaseResponse:
    """Set one service level from a day on."""
    if key not in LEVELS:
        abort(404)
    form = LevelForm(key)
    if form.validate_on_submit():
        actions.set_level(
            instance(),
            actor(),
            key,
            form.value.data or "",
            form.starts_on.data,
            (form.reference.data or "").strip(),
        )
        flash(_("Set: %(name)s.", name=LEVELS[key].name), "success")
        return redirect(url_for("programme.service_levels"))
    if not form.is_submitted():
        form.value.data = level(reading(), key, clock.today())
        form.starts_on.data = clock.today()
    page = render_template("programme/set_level.html", form=form, level=LEVELS[key], key=key)
    return make_response(page, 422 if form.is_submitted() else 200)


@programme.route("/desk/calendar", methods=["GET", "POST"])
@open_to(*roles.SEES_TERMS)
def calendar() -> BaseResponse:
    """The days of a year that are not what their weekday says; an administrator changes one."""
    today = clock.today()
    year = request.args.get("year", today.year, type=int)
    may_set = actor().role in roles.SETS_SERVICE_LEVELS
    if request.method == "POST":
        roles.require(actor(), roles.SETS_SERVICE_LEVELS, "change the calendar")
    form = DayForm()
    if form.validate_on_submit():
        actions.set_day(
            instance(), actor(), form.day.data, KINDS[form.kind.data], (form.source.data or "").strip()
        )
        flash(_("Noted: %(day)s.", day=form.day.data.isoformat()), "success")
        return redirect(url_for("programme.calendar", year=form.day.data.year))
    query = select(CalendarDay).where(extract("year", CalendarDay.day) == year).order_by(CalendarDay.day)
    page = render_template(
        "programme/calendar.html",
        form=form,
        year=year,
        days=reading().execute(query).scalars().all(),
        calendar=_calendar(),
        may_set=may_set,
    )
    return make_response(page, 422 if form.is_submitted() else 200)


@programme.route("/desk/calendar/publish", methods=["GET", "POST"])
@open_to(Role.ADMINISTRATOR)
def publish_year() -> BaseResponse:
    """Say that a year is entered whole, so that its working days count as certain."""
    form = YearForm()
    if form.validate_on_submit() and form.year.data is not None:
        actions.publish_year(instance(), actor(), form.year.data, (form.source.data or "").strip())
        flash(_("The calendar of %(year)s counts as published.", year=form.year.data), "success")
        return redirect(url_for("programme.calendar", year=form.year.data))
    if not form.is_submitted():
        form.year.data = clock.today().year + 1
    page = render_template("programme/publish_year.html", form=form, calendar=_calendar())
    return make_response(page, 422 if form.is_submitted() else 200)


def _calendar() -> dict[str, Any]:
    """Which years are published, and whether the next one is."""
    years = sorted(reading().execute(select(CalendarYear.year)).scalars())
    coming = clock.today().year + 1
    return {"years": years, "coming": coming, "coming_known": coming in years}
