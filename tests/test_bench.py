"""`make bench`: ratios are what they say, and the site shows what was measured."""

import json
import re
import time

import pytest

from tests.conftest import ROOT
from tools.bench.ratios import compare, summary

RESULT = ROOT / "docs" / "reference" / "bench.json"


def test_median_and_quartiles():
    found = summary("x", [1.0, 2.0, 3.0, 4.0, 100.0])
    assert (found.low, found.middle, found.high) == (2.0, 3.0, 4.0)


def test_ratio_of_two_waits():
    waits = {"short": lambda: time.sleep(0.002), "long": lambda: time.sleep(0.02)}
    short, long = compare(waits, "short", rounds=3)
    assert short.middle == short.low == short.high == 1
    assert 2 < long.middle < 20  # 10, less what each sleep oversleeps


def test_order_changes_from_round_to_round():
    order = []
    calls = {name: lambda n=name: (time.sleep(0.03), order.append(n)) for name in "ab"}
    compare(calls, "a", rounds=2)
    assert order[-4:] == ["a", "b", "b", "a"]


def test_result_holds_no_seconds_and_no_names():
    text = RESULT.read_text(encoding="utf-8")
    keys = {"machine", "python", "keras", "tables", "pages", "builds"}
    assert set(json.loads(text)) == keys
    assert not re.search(r"seconds|\bms\b|/home|/work|/tmp", text)


def test_the_site_shows_every_ratio(site):
    page = (site / "reference/bench.html").read_text(encoding="utf-8")
    found = json.loads(RESULT.read_text(encoding="utf-8"))
    tables = found["tables"] + found["builds"]["tables"]
    for table, drawn in zip(tables, page.split("<caption>")[1:], strict=True):
        assert table["rows"]
        for name, *ratios in table["rows"]:
            row = re.search(rf"{re.escape(name)}</th>.*?</tr>", drawn)
            shown = [float(n) for n in re.findall(r"[ >](\d+\.\d+)\b", row[0])]
            assert shown == [r for r in ratios if r is not None], table["heading"]
            assert ("measured once" in row[0]) == (None in ratios)


def test_the_site_shows_the_weight_of_every_type_of_page(site):
    from tools.bench.pages import CATEGORIES, PAGES

    page = (site / "reference/bench.html").read_text(encoding="utf-8")
    found = json.loads(RESULT.read_text(encoding="utf-8"))["pages"]
    assert [row["page"] for row in found["rows"]] == list(PAGES.values())
    for row in found["rows"]:
        assert (site / row["page"].partition("?")[0]).is_file()
        cells = f"<td>{row['kb']}</td><td>{row['files']}</td>"
        assert f"{row['name']}</th>{cells}" in page
        for view in () if found["no_scores"] else ("mobile", "desktop"):
            assert len(row[view]) == len(CATEGORIES)
    assert next(r for r in found["rows"] if r["page"] == "index.html")["kb"] < 150


@pytest.mark.parametrize("text", ["", "{}", '{"machine": 1, "tables": [1]}'])
def test_unreadable_result(tmp_path, text):
    from tools.throwaway import new_site

    site = new_site(tmp_path)
    site.page("index", "```{bench-tables}\n```\n", head="")
    folder = site.root / "docs" / "reference"
    folder.mkdir()
    (folder / "bench.json").write_text(text)
    site.make().refused("bench.json cannot be read", "Cure: run `make bench`")
