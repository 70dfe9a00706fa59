"""Dead references, pages that nobody links to, and what this site's own pages lack."""

from tools.throwaway import HEAD, cell

from . import Fault

SAMPLES = cell("from IPython.display import JSON\n\nJSON({'a': '{}'})")
FORM = "```{check-model}\n```\n\n"

FAULTS = {
    # The table comes first: what rules lack is told once, on the first page with rules.
    "all-rules-without-proof": Fault(
        "```{rule-table}\n```\n",
        ("the proof of the rule `plain-stack` is no claim", "rules.py"),
        None,
    ),
    "rule-unknown": Fault(
        "```{rule} no-such-rule\n```\n", ("there is no rule `no-such-rule`",)
    ),
    "chooser-without-section": Fault(
        "```{chooser}\n```\n", ("no section `rule-shared-layer`", "Cure:"), None
    ),
    "chooser-without-recipe": Fault(
        "```{chooser}\n```\n", ("no page for the example siamese", "Cure:"), None
    ),
    "name-of-a-program": Fault(  # which a download has as a cell
        cell("from examples import adding\n\nSTART = adding.build()"),
        ("both define `START`", "Cure:"),
        None,
    ),
    "asked-as-nothing": Fault(  # as after a label was renamed
        "One text.\n",
        ("no section `gone`", "Cure:"),
        None,
        HEAD.replace("---\n", "---\nasked_as:\n  gone: streaks\n", 1),
    ),
    "unreadable-ratios": Fault(
        "```{bench-tables}\n```\n", ("bench.json cannot be read", "run `make bench`")
    ),
    "form-without-samples": Fault(FORM, ("no sample models", "Cure:"), None),
    "form-that-links-nowhere": Fault(
        FORM + SAMPLES, ("links to docs/learn/convert.md", "Cure:")
    ),
}

WARNINGS = {
    "dead-reference": Fault("See {doc}`nowhere`.\n", ("nowhere",)),
    "dead-term": Fault("See {term}`no such term`.\n", ("no such term",)),
    "dead-link": Fault("See [this](nowhere-else.md).\n", ("nowhere-else.md",)),
}
