"""Which tests share a process when several run at once (``pytest -n``)."""

from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling


class ByFile(LoadScopeScheduling):
    """Test by file, so that what a module makes is made once; the browser's files share one running city."""

    def _split_scope(self, nodeid: str) -> str:
        return "tests/browser" if nodeid.startswith("tests/browser/") else nodeid.split("::", 1)[0]


@pytest.hookimpl(optionalhook=True)  # there are no processes to share between under ``-p no:xdist``
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByFile:
    """Every ``--dist`` shares like this."""
    return ByFile(config, log)
