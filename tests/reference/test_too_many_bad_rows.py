"""A file of bad rows is refused in one sentence, before it can hold anybody up."""

import pytest

from portal.common.problems import WorkbookRefused
from portal.reference import files
from tests.samples import FIRMS, registry_book, registry_line


def test_a_file_with_more_bad_rows_than_can_be_reported_is_refused_with_its_first_reason(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(files, "MOST_REJECTED", 3)
    good = registry_line(FIRMS[0].uscc, FIRMS[0].name)
    bad = [registry_line("wrong", f"厦门第{number}示例公司") for number in range(4)]
    assert len(files.read_registry(registry_book([good, *bad[:3]])).rejected) == 3
    with pytest.raises(WorkbookRefused) as refused:
        files.read_registry(registry_book([good, *bad]))
    assert "Row 3 is the first of more than 3" in str(refused.value)
