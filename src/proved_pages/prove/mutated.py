"""What the ledger says of mutants: proofs that were broken on purpose (`mutate`)."""

from pathlib import Path

from sphinx.application import Sphinx

from proved_pages.execute import kept_facts
from proved_pages.execute.freshness import packages_digest
from proved_pages.mutate.proofs import proofs_of
from proved_pages.mutate.results import Keys, Score, load, score
from proved_pages.settings import executed_folder, packages_of
from proved_pages.state import state

FILE = "mutants.json"  # beside the results of the cells: keys by page


def mutants(app: Sphinx) -> Score | None:
    """Return the score of the site, counted once in a build; None: it has none."""
    config, now = app.config, state(app)
    if not config.proved_mutants:
        return None
    if now.mutants is None:
        lock = Path(app.confdir, config.proved_lock) if config.proved_lock else None
        keys = Keys(
            config.proved_mutant_ways,
            packages_of(app),
            lock,
            config.proved_mutant_packages,
        )
        rows = load(Path(app.confdir, config.proved_mutants))
        now.mutants = score(rows, _keys(app, keys))
    assert isinstance(now.mutants, Score)
    return now.mutants


def _keys(app: Sphinx, keys: Keys) -> dict[str, str]:
    """Return the keys of all proofs; those of a page are kept while it is the same."""
    folder = executed_folder(app)
    stamp = packages_digest(keys.packages, keys.stamp)
    known = kept_facts.load(folder / FILE, stamp)
    now, found = {}, {}
    for source in state(app).sources:  # the stage found them
        digest, of_page = known.get(source.page, ("", {}))
        if digest != source.digest:
            proofs = proofs_of(source.page, source.text, source.cells)
            of_page = {proof.claim: keys.of(proof) for proof in proofs}
        now[source.page] = [source.digest, of_page]
        found.update(of_page)
    if now != known:
        kept_facts.save(folder / FILE, stamp, now)
    return found


def words(found: Score | None) -> str:
    """Say it."""
    if not found or not found.mutants:
        return ""
    return (
        f"{found.claims:,} proofs were broken on purpose, each in several ways: "
        f"{found.noticed:,} of {found.mutants:,} of these mutants were noticed."
    )
