"""What claims speak of: ``{claims-by-subject}`` links those that speak of the same.

A claim has the subjects whose pattern its sentence matches: the field's terms, and the
names of Keras. What a pattern cannot see stands in ``subjects.txt`` beside the page,
by hand: a claim's id, and its further subjects.
"""

import re
from collections.abc import Iterator
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util.docutils import SphinxDirective
from sphinx.util.nodes import make_refnode

from proved_pages.marks import LISTS_ALL_PAGES, mark, marked
from proved_pages.problems import report
from proved_pages.prove.claims import Claim, domain

LISTS_SUBJECTS = "lists-subjects"  # the mark of the page with the directive
BY_HAND = "subjects.txt"

# id: what readers see, and what a sentence of it says.
SUBJECTS = {
    "saving": (
        "Saving and loading",
        r"\bsav(e|es|ed|ing)\b|\bload|\.keras\b|\.h5\b|\bh5\b|\bconfig\b|_config\b",
    ),
    "weights": ("Weights", r"\bweights?\b|_weights\b|\bparameters?\b"),
    "copies": ("Copies", r"\bclone|\bcop(y|ies|ied)\b"),
    "sharing": ("Shared layers", r"\bshare[sd]?\b|\bsharing\b|\btwice\b"),
    "names": ("Names", r"\bnames?\b|\bget_layer\b|\bpath\b"),
    "shapes": ("Shapes", r"\bshapes?\b|\bwidths?\b|\bax[ei]s\b|\bdimensions?\b"),
    "building": ("When a model is built", r"\bbuilt\b|\bbuild\b|\bcreates?\b"),
    "changing": ("Models that change", r"\badd\(|\bpop\(|\badd\b|\bpop\b|\bchang"),
    "compile": ("Compiling", r"\bcompile[sd]?\b"),
    "fit": ("Training with fit", r"\bfit\b|\bepochs?\b|\bcallbacks?\b"),
    "train-step": ("Training steps of your own", r"\btrain_step\b|training step"),
    "optimizers": ("Optimizers", r"\boptimizers?\b|\bAdam\b|\bSGD\b"),
    "gradients": ("Gradients", r"\bgradients?\b|GradientTape"),
    "losses": ("Losses", r"\bloss(es)?\b|\badd_loss\b|\bregulariz"),
    "metrics": ("Metrics", r"\bmetrics?\b|\baccuracy\b"),
    "training-flag": (
        "The training flag, dropout and noise",
        r"\bdropout\b|\bnoise\b|training=|`?training`? argument|does not declare",
    ),
    "batch-normalization": ("Batch normalization", r"batch.?normalization"),
    "freezing": ("Freezing", r"\btrainable\b|\bfrozen\b|\bfreez"),
    "masks": ("Masks", r"\bmask"),
    "recurrent": ("Recurrent layers", r"\bR?NN\b|\bGRU\b|\bLSTM\b|\bstateful\b"),
    "embeddings": ("Embeddings and ids", r"\bembedding|\bids?\b"),
    "inputs": ("Several inputs", r"two inputs|several inputs|\bdict\b|nested inputs"),
    "outputs": ("Several outputs", r"two outputs|several outputs|\bheads?\b"),
    "branches": ("Branches, merges and skips", r"\bbranch|\bmerge|\bskip|\bjoins?\b"),
    "values": (
        "Decisions on values",
        r"\bdecid|\bloop|\bwhile\b|\bif\b.*\bvalues?\b|`if`|\bcond\b",
    ),
    "tracing": ("Eager, traced, compiled", r"\beager|\btrac|\bXLA\b|\bjit|run_eagerly"),
    "operations": ("Operations and Lambda", r"\bops\b|\boperations?\b|\bLambda\b"),
    "precision": ("Number types", r"\bfloat|\bprecision\b|\bdtype\b|\bint32\b"),
    "randomness": ("Seeds and chance", r"\bseeds?\b|\brandom"),
    "data": (
        "Data that fit takes",
        r"\bDataset\b|\bgenerator|\bbatch(es)?\b|\brows?\b",
    ),
    "scale": ("Devices and replicas", r"\bscope\b|\bdevices?\b|\breplica|\bshard"),
    "verdicts": (
        "Verdicts of this site",
        r"\bjudge\b|\bverdict|\bsimplify\b|stack test",
    ),
    "looking": (
        "Looking into a model",
        r"\bsummary\b|\bplot|\blayers\b\[|InputLayer|\blists?\b|\bwiring\b|tensor",
    ),
    "kinds": (
        "What the three kinds of model are",
        r"\bsubclass of\b|Sequential\b.*\b(functional|subclass)|\bInput\b|input_shape",
    ),
    "architectures": (
        "Known architectures",
        r"keras\.applications|ResNet|U-Net|MobileNet",
    ),
    "results": (
        "Measured results",
        r"\bbaseline|percent|more accurate|as good|better than|\bscores?\b|\bPCA\b",
    ),
}


class claims_by_subject(nodes.General, nodes.Element):  # noqa: N801 (docutils' style)
    """Stands for the lists until every page is known."""


class ClaimsBySubjectDirective(SphinxDirective):
    """``{claims-by-subject}``: all claims, side by side with those of their subject."""

    def run(self) -> list[nodes.Node]:
        """Return a placeholder; `fill` replaces it when all pages are read."""
        mark(self.env, LISTS_ALL_PAGES)
        mark(self.env, LISTS_SUBJECTS)
        self.env.note_dependency(str(_by_hand(self.env)))
        return [claims_by_subject()]


def subjects_of(claim: Claim, by_hand: dict[str, set[str]]) -> list[str]:
    """Return the subjects of a claim, in the order of the table."""
    further = by_hand.get(claim.id, set())
    return [
        subject
        for subject, (_, pattern) in SUBJECTS.items()
        if subject in further or re.search(pattern, claim.statement, re.IGNORECASE)
    ]


def read_by_hand(text: str) -> dict[str, set[str]]:
    """Read lines of a claim's id and its subjects; what follows ``#`` is left out."""
    rows = (line.partition("#")[0].split() for line in text.splitlines())
    return {row[0]: set(row[1:]) for row in rows if row}


def refuse_unknown(app: Sphinx, env: BuildEnvironment) -> None:
    """Report what is written by hand of no claim, or names no subject."""
    for page in marked(env, LISTS_SUBJECTS):
        claims = {claim.id for claim in domain(env).all()}
        for name, subjects in _read(env).items():
            cure = f"mend its line in {BY_HAND}"
            if name not in claims:
                report(env, page, 1, f"`{name}` has subjects and is no claim", cure)
            for subject in sorted(subjects - SUBJECTS.keys()):
                report(env, page, 1, f"`{name}`: `{subject}` is no subject", cure)


def fill(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Replace the placeholder by a section for each subject."""
    for place in list(doctree.findall(claims_by_subject)):
        place.replace_self(list(_listed(app, docname)))


def _listed(app: Sphinx, docname: str) -> Iterator[nodes.Node]:
    by_hand = _read(app.env)
    of_subject: dict[str, list[Claim]] = {subject: [] for subject in SUBJECTS}
    for claim in domain(app.env).all():
        for subject in subjects_of(claim, by_hand):
            of_subject[subject].append(claim)
    jumps = nodes.paragraph()
    for number, (subject, claims) in enumerate(of_subject.items()):
        text = f"{SUBJECTS[subject][0]} ({len(claims)})"
        jump = nodes.reference("", text, refuri=f"#{_anchor(subject)}", internal=True)
        jumps += [nodes.Text(" · " if number else ""), jump]
    yield jumps
    for subject, claims in of_subject.items():
        title = nodes.strong("", SUBJECTS[subject][0])
        yield nodes.paragraph("", "", title, ids=[_anchor(subject)])
        items = [_item(app, docname, claim) for claim in claims]
        yield nodes.bullet_list("", *items, classes=["ledger"])


def _item(app: Sphinx, docname: str, claim: Claim) -> nodes.list_item:
    """Return a claim without marks: there are more than a thousand on the page."""
    name = nodes.Text(claim.id)
    link = make_refnode(app.builder, docname, claim.page, claim.anchor, name)
    text = nodes.Text(f"{claim.statement} ")
    return nodes.list_item("", nodes.paragraph("", "", text, link))


def _anchor(subject: str) -> str:
    return f"subject-{subject}"


def _by_hand(env: BuildEnvironment) -> Path:
    return Path(env.srcdir) / "reference" / BY_HAND


def _read(env: BuildEnvironment) -> dict[str, set[str]]:
    path = _by_hand(env)
    return read_by_hand(path.read_text(encoding="utf-8")) if path.is_file() else {}
