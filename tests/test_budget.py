"""A build names the pages whose cells take more than their share of a processor."""

import json
from pathlib import Path
from types import SimpleNamespace

import pytest

from proved_pages.execute.results import CPU
from proved_pages.progress import over_budget


@pytest.mark.parametrize(
    ("budget", "told"),
    [
        (None, []),
        ((20, 720), []),
        ((10, 720), ["the cells of b took 12 CPU"]),
        ((20, 15), ["the cells of all pages took 16 CPU"]),
        ((3, 15), ["cells of b took 12", "cells of a took 4", "all pages took 16"]),
    ],
)
def test_over_budget(tmp_path: Path, budget, told):
    (tmp_path / CPU).write_text(json.dumps({"a": 4.0, "b": 12.0}))
    config = SimpleNamespace(proved_cpu_budget=budget, proved_executed=str(tmp_path))
    found = over_budget(SimpleNamespace(config=config, confdir=tmp_path))
    assert len(found) == len(told)
    assert all(words in line for words, line in zip(told, found, strict=True))
