"""What stands below a claim: rows that ran, and "not" with its reason alone."""

import json

from keras_site.versions.release_rows import all_rows
from keras_site.versions.row_verdicts import Found
from keras_site.versions.shown_versions import joined, reasons, words

LABELS = {
    "keras-2.15": "Keras 2.15",
    "keras-3.0": "Keras 3.0",
    "keras-3.9": "Keras 3.9",
    "jax": "JAX",
    "torch": "PyTorch",
}
HOLDS, FALSE, MISSING, OTHER = map(Found, "hfnw")


def test_rows_are_named_one_by_one():
    found = dict.fromkeys(("keras-2.15", "keras-3.9", "jax"), HOLDS)
    assert words(found, LABELS, {}) == "Also on Keras 2.15, 3.9 and JAX."
    assert words(found, LABELS, {}, of_all=True).startswith("Its example also ran on")


def test_a_row_that_did_not_run_or_could_not_tell_is_not_named():
    assert words({}, LABELS, {}) == ""
    assert words({"jax": MISSING}, LABELS, {}) == ""
    assert words({"jax": MISSING, "torch": HOLDS}, LABELS, {}) == "Also on PyTorch."


def test_false_needs_its_reason():
    found = {"keras-2.15": FALSE, "keras-3.0": FALSE, "jax": HOLDS}
    assert words(found, LABELS, {}) == "Also on JAX."
    why = {"keras-2.15": "there `pop()` returns None"}
    assert words(found, LABELS, why) == (
        "Also on JAX. Not on Keras 2.15: there `pop()` returns None."
    )
    assert "Not on Keras 2.15 and 3.0: it is new." in words(
        found, LABELS, dict.fromkeys(found, "it is new")
    )


def test_a_reason_for_what_holds_is_not_shown():
    assert words({"jax": HOLDS}, LABELS, {"jax": "never"}) == "Also on JAX."


def test_an_error_may_be_told_in_other_words():
    assert words({"keras-3.0": OTHER}, LABELS, {}) == "In other words on Keras 3.0."
    assert words({"keras-3.0": OTHER, "jax": HOLDS}, LABELS, {}) == (
        "Also on JAX; in other words on Keras 3.0."
    )


def test_labels_are_joined_as_people_do():
    assert joined([]) == ""
    assert joined(["Keras 3.0"]) == "Keras 3.0"
    assert joined(["Keras 3.0", "Keras 3.9"]) == "Keras 3.0 and 3.9"
    assert joined(["Keras 3.0", "JAX", "PyTorch"]) == "Keras 3.0, JAX and PyTorch"


def test_one_reason_serves_several_rows():
    text = '[a-claim]\n"keras-2.15 jax" = "why"\n'
    assert reasons(text) == {"a-claim": {"keras-2.15": "why", "jax": "why"}}


def test_claims_json_has_the_verdict_of_each_fresh_row(site):
    names = {row.name for row in all_rows()}
    for entry in json.loads((site / "claims.json").read_text(encoding="utf-8")):
        assert set(entry.get("versions", {})) <= names
