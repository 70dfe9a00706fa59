"""Tests of one group run in one process, which builds what they share once.

With pytest 9.2.0, pytest-xdist 3.8.0 ignores groups without a word
(https://github.com/pytest-dev/pytest-xdist/issues/1386).
"""

import os

import pytest


@pytest.mark.skipif("PYTEST_XDIST_WORKER" not in os.environ, reason="one process")
@pytest.mark.xdist_group("some-group")
def test_groups_are_kept_together(request):
    assert request.node.nodeid.endswith("@some-group")
