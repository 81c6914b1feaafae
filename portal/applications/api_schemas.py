"""What the public interface answers of a firm, as it is documented: schemas and an example."""

from marshmallow import Schema, fields

from portal.common.problems import N_
from portal.scheme.findings import PUBLIC_CODES, RULE_CODES, Outcome, Verdict


class SourceSchema(Schema):
    """Where a finding comes from."""

    kind = fields.String(
        required=True,
        metadata={
            "description": N_("Which source was looked at; application is the day asked for."),
            "enum": ["registry", "customs", "application"],
        },
    )
    version = fields.Integer(
        required=True,
        allow_none=True,
        metadata={"description": N_("The version of the source, the same for every firm.")},
    )


class FindingSchema(Schema):
    """One rule's verdict, without the value it saw."""

    code = fields.String(required=True, metadata={"description": N_("The rule."), "enum": list(PUBLIC_CODES)})
    verdict = fields.String(
        required=True,
        metadata={
            "description": N_("pass, fail, or refer: a person has to look."),
            "enum": [str(verdict) for verdict in Verdict],
        },
    )
    value = fields.Raw(
        required=True, metadata={"description": N_("Always null: values are not public."), "type": "null"}
    )
    source = fields.Nested(SourceSchema, required=True)
    article = fields.String(required=True, metadata={"description": N_("What the rule applies.")})
    message = fields.String(required=True, metadata={"description": N_("The verdict in one sentence.")})


class CheckSchema(Schema):
    """What is told of a firm."""

    decision = fields.String(
        required=True,
        metadata={
            "description": N_(
                "What the findings told here come to: ineligible if one fails, else referred if one is "
                "referred, else eligible. It is provisional: the rules left out are still to be judged."
            ),
            "enum": [str(outcome) for outcome in Outcome],
        },
    )
    findings = fields.List(
        fields.Nested(FindingSchema),
        required=True,
        metadata={
            "description": N_(
                "One finding for each rule told. On a day outside the enrolment window only the window's."
            )
        },
    )
    left_out = fields.List(
        fields.String(metadata={"enum": list(RULE_CODES)}),
        required=True,
        metadata={"description": N_("The rules that are not told without sign-in.")},
    )


_CONDITION = "统保方案（厦门，2022–2023）·参保条件"
_ONE, _TWO, _WINDOW = f"{_CONDITION}一", f"{_CONDITION}二", "统保方案（厦门，2022–2023）·参保期限"
_EXAMPLE_LINES = (
    ("registered_in_municipality", "pass", "registry", 1, _ONE, "在本市注册登记：符合。"),
    ("registration_active", "pass", "registry", 1, _ONE, "登记状态有效：符合。"),
    ("independent_legal_person", "pass", "registry", 1, _ONE, "独立企业法人：符合。"),
    ("exports_above_zero", "refer", "customs", 1, _TWO, "基期出口额大于 0：需人工看。"),
    ("exports_within_cap", "refer", "customs", 1, _TWO, "基期出口额不超过上限：需人工看。"),
    ("within_enrolment_window", "pass", "application", None, _WINDOW, "在参保期限内：符合。"),
)
EXAMPLE = {
    "decision": "referred",
    "findings": [
        {
            "code": code,
            "verdict": verdict,
            "value": None,
            "source": {"kind": kind, "version": version},
            "article": article,
            "message": message,
        }
        for code, verdict, kind, version, article, message in _EXAMPLE_LINES
    ],
    "left_out": [code for code in RULE_CODES if code not in PUBLIC_CODES],
}
