"""The documents of a claim in the reader's words: what each is, and what will do."""

from collections.abc import Mapping

from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

DOCUMENT_NAMES: Mapping[str, LazyString] = {
    "contract": _l("Contract or order"),
    "contract_amendments": _l("Amendments of the contract"),
    "invoice": _l("Commercial invoice"),
    "delivery_proof": _l("Proof of delivery: bill of lading or other transport document"),
    "customs_declaration": _l("Customs declaration"),
    "collection_letters": _l("Letters with which you asked for the money"),
    "buyer_answers": _l("The buyer’s answers"),
    "debt_acknowledgement": _l("The buyer’s written acknowledgement of the debt"),
    "bankruptcy_ruling": _l("The court’s ruling on the insolvency"),
    "buyer_rejection": _l("What the buyer wrote when refusing the goods or the draft"),
    "government_measure": _l("The measure of the government"),
    "bank_refusal": _l("The bank’s refusal"),
    "letter_of_credit": _l("The letter of credit with its amendments"),
}
"""Every code of a checklist."""
