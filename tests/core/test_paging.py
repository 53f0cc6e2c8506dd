"""Addresses of keyset pages keep the filters and drop old cursors."""

import pytest
from django.http import QueryDict

from casework.core.paging import query


@pytest.mark.parametrize(
    ("present", "changes", "address"),
    [
        ("tab=claimed&after=9", {"after": "3"}, "?tab=claimed&after=3"),
        ("after=9&use_partial=body", {"before": "3"}, "?before=3"),
        ("show=duties&q=", {"show": ""}, "?"),
        (
            "size=50",
            {"after": "2026-09-07T09:30:00+08:00_4"},
            "?size=50&after=2026-09-07T09%3A30%3A00%2B08%3A00_4",
        ),
    ],
)
def test_an_address_keeps_filters_and_one_cursor(present, changes, address):
    assert query(QueryDict(present), **changes) == address
