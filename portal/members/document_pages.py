"""Showing a document that a firm handed in: to its people, and to staff, whose look is on record."""

from urllib.parse import quote

from flask import Response, abort, make_response, request
from werkzeug.wrappers import Response as BaseResponse

from portal.common import audit, roles
from portal.common.people import PersonErased
from portal.common.roles import Role
from portal.common.web import actor, instance, open_to, people, reading
from portal.documents.check import JPEG, ReaderFailed, page_image
from portal.documents.queries import ShownDocument, content, documents
from portal.members.blueprint import documents as blueprint
from portal.members.queries import membership
from portal.scheme import stages

# Whatever the file holds, a browser runs nothing of it and lets it ask nobody.
POLICY = "sandbox; default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"


@blueprint.get("/<document_id>")
@open_to(*roles.SEES_DOCUMENTS, Role.EXPORTER)
def document(document_id: str) -> BaseResponse:
    """The document as it is kept: a photo is shown, a PDF is downloaded."""
    found = _seen_by_reader(document_id)
    data = _content(found)
    answer = make_response(data)
    return _guarded(answer, found, "inline" if found.is_picture else "attachment", found.media_type)


@blueprint.get("/<document_id>/preview")
@open_to(*roles.SEES_DOCUMENTS, Role.EXPORTER)
def preview(document_id: str) -> BaseResponse:
    """A picture of it: the photo, or one page of the PDF, the first unless `page` names another."""
    found = _seen_by_reader(document_id)
    page = request.args.get("page", 1, type=int)
    if not 1 <= page <= found.pages:
        abort(404)
    data = _content(found)
    if not found.is_picture:
        try:
            data = page_image(data, page)
        except ReaderFailed:
            abort(404)
    return _guarded(make_response(data), found, "inline", JPEG)


def _seen_by_reader(document_id: str) -> ShownDocument:
    """The document, if whoever asks may see it; nobody else learns that it is there. A look by staff is noted."""
    found = documents(reading(), [document_id], people()).get(document_id)
    who = actor()
    if found is None:
        abort(404)
    if who.role in roles.SEES_DOCUMENTS:
        audit.note(instance().database, who, "documents.look", f"document {document_id}", audit.LOOKED)
        return found
    member = membership(reading(), who.id, found.uscc)
    own = found.handed_in_by == who.id
    if member is None or not found.counts or not (own or member.state == stages.CONFIRMED):
        abort(404)
    return found


def _content(found: ShownDocument) -> bytes:
    try:
        return content(reading(), people(), found.id)
    except PersonErased:
        abort(410)


def _guarded(answer: Response, found: ShownDocument, disposition: str, media_type: str) -> BaseResponse:
    answer.headers["Content-Type"] = media_type
    answer.headers["Content-Disposition"] = f"{disposition}; filename*=UTF-8''{quote(found.name or found.id)}"
    answer.headers["Content-Security-Policy"] = POLICY
    return answer
