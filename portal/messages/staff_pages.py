"""Texts and mails that did not simply leave: what is unsure, given up or waiting, for the administrator."""

from flask import abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from portal.common import outbox, roles
from portal.common.web import actor, instance, open_to, people, reading
from portal.messages import actions, queries
from portal.messages.blueprint import messages
from portal.messages.names import CHANNEL_NAMES, DELIVERY_STATE_NAMES, kind_name


@messages.get("/desk/messages")
@open_to(*roles.MINDS_THE_POST)
def deliveries() -> str:
    """Texts and mails by state, those first of which nobody knows whether they arrived."""
    counts = queries.standing_counts(reading())
    asked = request.args.get("state", outbox.UNSURE)
    state = asked if asked in queries.STANDING else outbox.UNSURE
    last = max(1, -(-counts[state] // queries.PER_PAGE))
    page = max(1, min(request.args.get("page", 1, type=int), last))
    return render_template(
        "messages/deliveries.html",
        state=state,
        views=[(one, DELIVERY_STATE_NAMES[one], counts[one]) for one in queries.STANDING],
        sent=counts[outbox.SENT],
        rows=queries.standing(reading(), people(), state, page),
        page=page,
        per_page=queries.PER_PAGE,
        total=counts[state],
        channels=CHANNEL_NAMES,
        kind_name=kind_name,
    )


@messages.post("/desk/messages/<delivery_id>")
@open_to(*roles.MINDS_THE_POST)
def decide_delivery(delivery_id: str) -> Response:
    """Send one again, or leave it as it is."""
    again = request.form.get("step") != "leave"
    act = actions.send_again if again else actions.leave
    try:
        done = act(instance(), actor(), delivery_id)
    except actions.UnknownDelivery:
        abort(404)
    if done:
        flash(_("It is on its way again.") if again else _("It is left as it is."), "success")
    else:
        flash(_("Nothing was changed: somebody had decided on it before."), "info")
    return redirect(url_for("messages.deliveries", state=request.form.get("state") or None))
