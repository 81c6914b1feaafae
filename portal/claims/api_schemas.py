"""What the public interface answers of an indemnity, as it is documented: schemas and an example."""

from marshmallow import Schema, fields

from portal.common.problems import N_


class LineSchema(Schema):
    """One line of the worksheet."""

    number = fields.String(
        required=True, metadata={"description": N_("The line's number; 1.1 and 1.2 make up line 1.")}
    )
    code = fields.String(required=True, metadata={"description": N_("What the line is, whatever the language.")})
    label = fields.String(required=True, metadata={"description": N_("What the line is, in words.")})
    amount = fields.String(
        required=True,
        metadata={
            "description": N_("The line's value with two decimals, rounded half up to the cent; a share in full.")
        },
    )
    exact = fields.String(
        required=True,
        metadata={"description": N_("The same with every decimal it has: only the indemnity is rounded.")},
    )
    currency = fields.String(
        required=True,
        allow_none=True,
        metadata={"description": N_("The currency of an amount; null for a share of one.")},
    )
    rule = fields.String(
        required=True, metadata={"description": N_("How the line comes about, by the numbers of others.")}
    )
    article = fields.String(required=True, metadata={"description": N_("What the line rests on.")})
    provisional = fields.Boolean(
        required=True,
        metadata={"description": N_("Whether the value is provisional until the operator confirms it.")},
    )


class EstimateSchema(Schema):
    """The indemnity with every step to it, in the currency of the scheme."""

    recognised_loss = fields.String(
        required=True,
        metadata={"description": N_("Invoices less payments, resale proceeds and other credits, never below 0.")},
    )
    before_cap = fields.String(
        required=True,
        metadata={"description": N_("Recognised loss times ratio, shown rounded half up to the cent.")},
    )
    room = fields.String(
        required=True,
        metadata={"description": N_("The cap per buyer or bank less what was approved, never below 0.")},
    )
    indemnity = fields.String(
        required=True,
        metadata={
            "description": N_("The smaller of before cap and room, rounded half up to the cent once, at the end.")
        },
    )
    worksheet = fields.List(
        fields.Nested(LineSchema),
        required=True,
        metadata={"description": N_("Every step, as pages, letters and workbooks show it.")},
    )
