"""The public page of a certificate, which its QR code leads to: whether it is valid, and hardly anything else."""

from flask import make_response, render_template, request
from werkzeug.wrappers import Response as BaseResponse

from portal.common import clock, rate
from portal.common.web import instance, open_to_all, reading
from portal.policies import names
from portal.policies.blueprint import policies
from portal.policies.certificate_status import certificate_status
from portal.policies.names import CERTIFICATE_STATES

PER_MINUTE = 30  # from one network: somebody scans a few papers, nobody tries tokens


@policies.get("/c/<token>")
@open_to_all
def certificate_page(token: str) -> BaseResponse:
    """In force, ended or replaced, and the masked holder; never kept in a cache, never found by a search."""
    key = f"policies.certificate {rate.client_network(request.remote_addr)}"
    counted = rate.count(instance().database, key, PER_MINUTE, rate.MINUTE)
    status = certificate_status(reading(), token, clock.today()) if counted.allowed else None
    code = 429 if not counted.allowed else 200 if status else 404
    page = render_template(
        "policies/certificate_page.html",
        status=status,
        allowed=counted.allowed,
        words=CERTIFICATE_STATES,
        kinds=names.CERTIFICATE_TAGS,
        today=clock.today(),
    )
    answer = make_response(page, code)
    answer.headers["X-Robots-Tag"] = "noindex, nofollow"
    answer.headers["Referrer-Policy"] = "no-referrer"
    if not counted.allowed:
        answer.headers["Retry-After"] = str(counted.retry_after)
    return answer
