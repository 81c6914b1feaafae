"""Which scheme holds on a day."""

from datetime import date

from portal.scheme.terms import BeforeFirstTerms, Terms, available_terms, load_terms


def current_scheme(day: date) -> Terms:
    """The scheme in force on `day`; after the last one's end still that one, so that its end can be told.

    Of several the one that began last. Raises `BeforeFirstTerms` on a day before any scheme.
    """
    every = sorted((load_terms(key) for key in available_terms()), key=lambda terms: terms.first_date)
    begun = [terms for terms in every if terms.first_date <= day]
    if not begun:
        raise BeforeFirstTerms(every[0].key, day, every[0].first_date)
    in_force = [terms for terms in begun if (terms.on(day).programme_end or day) >= day]
    return (in_force or begun)[-1]
