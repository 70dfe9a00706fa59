"""Each statement of the two source articles stands on the site as a proved claim.

The ids are those of the list that the project grew from. Where running showed a
statement to be half-true, the claim is the corrected sentence.
"""

import pytest

CLAIM_OF = {
    "A01": "sequential-is-a-model",
    "A02": "sequential-is-a-linear-stack",
    "A03": "model-covers-two-styles",
    "A04": "functional-models-are-graphs",
    "A05": "sequential-cannot-declare-two-inputs",
    "A06": "subclass-runs-python-on-values",
    "A07": "subclass-hides-its-wiring",
    "A08": "a-chain-can-be-a-sequential",
    "A09": "functional-graphs-can-be-read",
    "A10": "a-python-if-on-values-cannot-be-drawn",
    "A11": "only-the-stack-is-a-stack",
    "A12": "sequential-supports-the-full-workflow",
    "A13": "functional-shows-its-wiring",
    "A14": "not-unrelated-apis",
    "A15": "forcing-two-inputs-into-sequential",
    "A16": "subclassing-too-early",
    "A17": "the-simplest-api-loses-nothing",
    "B01": "list-and-add-build-the-same",
    "B02": "sequential-trains-after-one-compile",
    "B03": "built-sequential-has-one-input-and-one-output",
    "B04": "functional-takes-several-inputs-and-outputs",
    "B05": "shared-encoder-has-one-set-of-weights",
    "B06": "skip-connection-is-one-line",
    "B07": "one-path-one-stack",
    "B08": "recipes-follow-the-rules",
    "B09": "any-tensor-can-be-an-end",
}


def test_all_26_are_mapped_to_claims_of_their_own():
    assert len(CLAIM_OF) == 26
    assert len(set(CLAIM_OF.values())) == 26


@pytest.mark.parametrize("seed", CLAIM_OF)
def test_statement_is_a_claim(seed, claims):
    assert CLAIM_OF[seed] in {claim["id"] for claim in claims}
