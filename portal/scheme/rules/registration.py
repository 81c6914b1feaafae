"""Is the firm registered here, active, and an enterprise legal person? (condition 1 of enrolment)"""

import re
import unicodedata
from functools import lru_cache

from portal.scheme.facts import Facts
from portal.scheme.findings import (
    INDEPENDENT_LEGAL_PERSON,
    REGISTERED_IN_MUNICIPALITY,
    REGISTRATION_ACTIVE,
    Finding,
    Source,
    Verdict,
)
from portal.scheme.names import names_a_city, place_key
from portal.scheme.terms import TermsOnDate

ACTIVE_STATUSES = frozenset({"存续", "在业", "在营", "开业"})
INACTIVE_STATUSES = frozenset({"注销", "吊销", "迁出", "停业", "撤销"})

DEPENDENT_ENDINGS = ("分公司", "分行", "分店", "分厂", "分支机构", "代表处", "办事处")
DEPENDENT_TYPES = (
    "分公司",
    "个体",
    "个人独资企业",
    "普通合伙",
    "有限合伙",
    "代表机构",
    "分支机构",
    "非法人",
)
LEGAL_PERSON_ENDING = "公司"
LEGAL_PERSON_TYPES = ("有限责任公司", "股份有限公司", "国有企业", "集体所有制", "股份合作制")
INDIVIDUAL_USCC = "92"

# Words end at the first sign that is neither letter nor digit: 吊销，未注销 and 吊销 未注销 lead with 吊销.
_LEADING_WORDS = re.compile(r"[^\W_]+(?: +[^\W_]+)*")


def registered_in_municipality(facts: Facts, terms: TermsOnDate) -> Finding:
    """Pass when the registry's place of registration is the municipality, fail when it is another city.

    A firm without a record, or whose record the newest snapshot no longer has, is referred, as is a record
    that names no city. The region digits of the USCC prove nothing and are not looked at.
    """
    record = facts.registry
    place = record.place if record else None
    if record is None or record.absent or not place:
        verdict = Verdict.REFER
    elif place_key(place) == place_key(terms.place):
        verdict = Verdict.PASS
    else:
        verdict = Verdict.FAIL if names_a_city(place) else Verdict.REFER
    return Finding(
        REGISTERED_IN_MUNICIPALITY,
        verdict,
        {
            "record": _record_state(facts),
            "place": place,
            "municipality": terms.place,
            "municipality_en": terms.place_en,
        },
        Source("registry", facts.sources.registry),
        terms.article(REGISTERED_IN_MUNICIPALITY),
    )


def registration_active(facts: Facts, terms: TermsOnDate) -> Finding:
    """Judge the leading word of the registry's status; a missing or unknown one is referred.

    Of a record that the newest snapshot no longer has, the status recorded last is judged:
    :func:`registered_in_municipality` refers the firm in any case.
    """
    status = facts.registry.status if facts.registry else None
    word = _leading_word(status)
    if word in ACTIVE_STATUSES:
        verdict = Verdict.PASS
    else:
        verdict = Verdict.FAIL if word in INACTIVE_STATUSES else Verdict.REFER
    return Finding(
        REGISTRATION_ACTIVE,
        verdict,
        {"record": _record_state(facts), "status": status, "word": word},
        Source("registry", facts.sources.registry),
        terms.article(REGISTRATION_ACTIVE),
    )


def independent_legal_person(facts: Facts, terms: TermsOnDate) -> Finding:
    """Judge the registry's name if recorded, else the declared one, with the registry's type and the USCC.

    What speaks against a legal person goes before what speaks for one; where nothing matches, a person looks.
    The value says what matched: ``name_ending``, ``type`` or ``uscc``, and the word.
    """
    record = facts.registry
    registered_name = _tidy(record.name) if record else ""
    name = registered_name or _tidy(facts.declared_name)
    company_type = _tidy(record.company_type) if record and record.company_type else ""
    verdict, matched, word = _legal_form(name, company_type, facts.uscc)
    return Finding(
        INDEPENDENT_LEGAL_PERSON,
        verdict,
        {
            "matched": matched,
            "word": word,
            "type": company_type or None,
            "name_from": "registry" if registered_name else "declared",
        },
        Source("registry", facts.sources.registry) if registered_name else Source("declared_unverified", None),
        terms.article(INDEPENDENT_LEGAL_PERSON),
    )


def _legal_form(name: str, company_type: str, uscc: str) -> tuple[Verdict, str | None, str | None]:
    if name.endswith(DEPENDENT_ENDINGS):
        ending = next(ending for ending in DEPENDENT_ENDINGS if name.endswith(ending))
        return Verdict.FAIL, "name_ending", ending
    for word in DEPENDENT_TYPES:
        if word in company_type:
            return Verdict.FAIL, "type", word
    if uscc.startswith(INDIVIDUAL_USCC):
        return Verdict.FAIL, "uscc", INDIVIDUAL_USCC
    if name.endswith(LEGAL_PERSON_ENDING):
        return Verdict.PASS, "name_ending", LEGAL_PERSON_ENDING
    for word in LEGAL_PERSON_TYPES:
        if word in company_type:
            return Verdict.PASS, "type", word
    return Verdict.REFER, None, None


def _record_state(facts: Facts) -> str:
    if facts.registry is None:
        return "none"
    return "absent" if facts.registry.absent else "found"


@lru_cache(maxsize=1024)
def _leading_word(status: str | None) -> str | None:
    """The word before the first space or punctuation; 存 续, spaced out character by character, is 存续."""
    found = _LEADING_WORDS.match(" ".join(unicodedata.normalize("NFKC", status or "").split()))
    if not found:
        return None
    words = found[0].split()
    for count in range(1, len(words) + 1):
        word = "".join(words[:count])
        if word in ACTIVE_STATUSES or word in INACTIVE_STATUSES:
            return word
        if len(words[count - 1]) > 1:
            break  # only single characters are parts of a word
    return words[0]


def _tidy(text: str | None) -> str:
    """NFKC without spaces."""
    return "".join(unicodedata.normalize("NFKC", text).split()) if text else ""
