"""Am I eligible? and Do I need it?: asked by anybody, told at once, nothing kept."""

from flask import make_response, render_template, request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response as BaseResponse

from portal.applications.checks import check_firm
from portal.applications.sentences import public_sentence, rule_title, source_text
from portal.common import clock, rate
from portal.common.formats import money
from portal.common.web import instance, open_to_all, reading
from portal.programme.current import current_scheme
from portal.programme.names import share_text
from portal.public.forms import CheckForm, NeedForm
from portal.public.need import assess
from portal.public.pages import public, whole_amount
from portal.scheme.eligibility import PublicCheck, SourceMissing

PER_MINUTE = 20  # from one network: a person asks about one firm or two

VERDICTS = {
    "eligible": ("pass", _l("By what anybody may be told, this firm can join")),
    "referred": ("refer", _l("A person has to look at one point")),
    "ineligible": ("fail", _l("By what anybody may be told, this firm cannot join")),
}


@public.route("/check", methods=["GET", "POST"])
@open_to_all
def check() -> BaseResponse:
    """Judge a firm by the rules that may be told without sign-in: verdicts only, never a value or a distance."""
    form = CheckForm()
    today = clock.today()
    terms = current_scheme(today)
    code, result, missing, wait = 200, None, False, None
    if request.method == "POST":
        state = rate.count(
            instance().database,
            f"public.checks {rate.client_network(request.remote_addr)}",
            PER_MINUTE,
            rate.MINUTE,
        )
        code = 422
        if not state.allowed:
            code, wait = 429, state.retry_after
            form.form_errors = [_("Too many checks in a minute. Wait a minute, then ask again")]
        elif form.validate():
            code = 200
            try:
                result = _shown(check_firm(reading(), terms, form.uscc.data or "", today))
            except SourceMissing:
                code, missing = 503, True
    page = render_template("public/check.html", form=form, result=result, missing=missing, terms=terms.on(today))
    answer = make_response(page, code)
    if wait is not None:
        answer.headers["Retry-After"] = str(wait)
    return answer


@public.route("/need", methods=["GET", "POST"])
@open_to_all
def need() -> BaseResponse:
    """Whether cover is worth the minutes it takes: a plain answer from four numbers, of which none is kept."""
    form = NeedForm()
    held = current_scheme(clock.today()).on(clock.today())
    found = None
    if form.validate_on_submit():
        numbers = [one.number for one in (form.exports, form.open_account, form.bad_debt, form.countries)]
        exports, open_account, bad_debt, countries = (number for number in numbers if number is not None)
        found = assess(held, exports, open_account, bad_debt, int(countries))
    page = render_template(
        "public/need.html",
        form=form,
        found=found,
        cap=whole_amount(held.cap),
        obligor_cap=money(held.obligor_cap),
        ratio=share_text(held.indemnity_ratio),
    )
    return make_response(page, 422 if form.is_submitted() and found is None else 200)


def _shown(found: PublicCheck) -> dict[str, object]:
    kind, title = VERDICTS[str(found.outcome)]
    return {
        "kind": kind,
        "title": title,
        "findings": [
            {
                "verdict": str(finding.verdict),
                "title": rule_title(finding.code),
                "sentence": public_sentence(finding),
                "code": finding.code,
                "source": source_text(finding.source),
                "article": finding.article,
                "plain": True,
            }
            for finding in found.findings
        ],
        "left_out": [rule_title(code) for code in found.left_out],
    }
