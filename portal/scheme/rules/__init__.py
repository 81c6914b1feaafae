"""The ten eligibility rules, one function each: `(facts, terms of the application's day) -> Finding`."""
