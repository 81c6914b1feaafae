"""A reader's own messages: the list, and opening one, which leads to what it speaks of."""

from flask import abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from portal.common import roles
from portal.common.web import actor, instance, open_to, reading
from portal.messages import queries
from portal.messages.blueprint import messages
from portal.messages.words import said_on_page


@messages.get("/my/messages")
@open_to(*roles.APPLIES)
def inbox() -> str | Response:
    """Everything the portal has told this reader, the newest first."""
    total = queries.message_count(reading(), actor().id)
    last = max(1, -(-total // queries.PER_PAGE))
    page = max(1, min(request.args.get("page", 1, type=int), last))
    lines = queries.inbox(reading(), actor().id, page)
    return render_template(
        "messages/inbox.html",
        lines=[(line, said_on_page(line.kind, line.parameters)) for line in lines],
        total=total,
        page=page,
        per_page=queries.PER_PAGE,
    )


@messages.get("/my/messages/<message_id>")
@open_to(*roles.APPLIES)
def open_message(message_id: str) -> Response:
    """Go to what a message speaks of, and note that it was read; somebody else's message is not there."""
    path = queries.path_of(reading(), actor().id, message_id)
    if path is None:
        abort(404)
    queries.mark_read(instance().database, message_id)  # while the database is busy it simply stays unread
    # Paths are written by the portal itself; anything else would be a fault, not an address to follow.
    return redirect(path if path.startswith("/") and not path.startswith("//") else url_for("messages.inbox"))


@messages.app_context_processor
def unread() -> dict[str, object]:
    """`unread_messages()` for the layout: one query a page, and only for whoever has an inbox."""

    def unread_messages() -> int:
        who = actor()
        return queries.unread_count(reading(), who.id) if who.role in roles.APPLIES else 0

    return {"unread_messages": unread_messages}
