"""`make bench`: ratios are what they say, and the site shows what was measured."""

import json
import re
from collections.abc import Callable
from types import SimpleNamespace

import pytest

from tests.conftest import ROOT
from tools.bench import ratios

RESULT = ROOT / "docs" / "reference" / "bench.json"


def test_median_and_quartiles():
    found = ratios.summary("x", [1.0, 2.0, 3.0, 4.0, 100.0])
    assert (found.low, found.middle, found.high) == (2.0, 3.0, 4.0)


class Clock:
    """A clock that goes on only while something is done."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 0.0
        self.order: list[str] = []
        clock = SimpleNamespace(perf_counter=lambda: self.now)
        monkeypatch.setattr(ratios, "time", clock)

    def call(self, name: str, seconds: float) -> Callable[[], None]:
        def work() -> None:
            self.now += seconds
            self.order.append(name)

        return work


def test_ratio_of_two_calls(monkeypatch):
    clock = Clock(monkeypatch)
    calls = {"short": clock.call("short", 0.002), "long": clock.call("long", 0.02)}
    short, long = ratios.compare(calls, "short", rounds=3)
    assert short.middle == short.low == short.high == 1
    assert (long.low, long.middle, long.high) == pytest.approx((10, 10, 10))


def test_order_changes_from_round_to_round(monkeypatch):
    clock = Clock(monkeypatch)
    ratios.compare({name: clock.call(name, 0.03) for name in "ab"}, "a", rounds=2)
    assert clock.order[-4:] == ["a", "b", "b", "a"]


def test_result_holds_no_seconds_and_no_names():
    text = RESULT.read_text(encoding="utf-8")
    keys = {"machine", "python", "keras", "tables", "pages", "builds"}
    assert set(json.loads(text)) == keys
    assert not re.search(r"seconds|\bms\b|/home|/work|/tmp", text)


def test_the_site_shows_every_ratio(site):
    found = json.loads(RESULT.read_text(encoding="utf-8"))
    tables = found["tables"] + found["builds"]["tables"]
    pages = [
        (site / f"reference/{name}.html").read_text(encoding="utf-8")
        for name in ("bench", "site-costs")
    ]
    shown_on_pages = [each for page in pages for each in page.split("<caption>")[1:]]
    for table, drawn in zip(tables, shown_on_pages, strict=True):
        assert table["rows"]
        for name, *kept in table["rows"]:
            row = re.search(rf"{re.escape(name)}</th>.*?</tr>", drawn)
            shown = [float(n) for n in re.findall(r"[ >](\d+\.\d+)\b", row[0])]
            assert shown == [r for r in kept if r is not None], table["heading"]
            assert ("measured once" in row[0]) == (None in kept)


def test_the_site_shows_the_weight_of_every_type_of_page(site):
    from tools.bench.pages import CATEGORIES, PAGES

    page = (site / "reference/site-costs.html").read_text(encoding="utf-8")
    found = json.loads(RESULT.read_text(encoding="utf-8"))["pages"]
    assert [row["page"] for row in found["rows"]] == list(PAGES.values())
    for row in found["rows"]:
        assert (site / row["page"].partition("?")[0]).is_file()
        cells = f"<td>{row['kb']}</td><td>{row['files']}</td>"
        assert f"{row['name']}</th>{cells}" in page
        for view in () if found["no_scores"] else ("mobile", "desktop"):
            assert len(row[view]) == len(CATEGORIES)
    assert next(r for r in found["rows"] if r["page"] == "index.html")["kb"] < 150
