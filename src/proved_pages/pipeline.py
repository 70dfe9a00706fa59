"""What happens when: every step of the extension, in one table.

Sphinx calls the handlers of an event in the order of their numbers; its own and those
of other extensions have 500 unless they say so. Within an event, the table stands in
that order. Steps of other extensions, such as ``keras_site``, fit in by the same
numbers.
"""

import logging
from collections.abc import Callable, Iterable
from importlib.metadata import version

from sphinx.application import Sphinx

from proved_pages import dependents, few_pages, finish, marks, problems, progress
from proved_pages.by_page import keep_by_page
from proved_pages.execute import checks, kernels, reader, stage
from proved_pages.look import cards, filter_lists, light, tabs, theme, wide
from proved_pages.prove import cells, claims, hunted, ledger, mutated, outputs
from proved_pages.publish import claims_json, csp, downloads, machines, notfound, search
from proved_pages.settings import add_settings
from proved_pages.teach import exercises, folds, sheet

Step = tuple[str, int, Callable[..., object]]  # event, number and handler

STEPS: tuple[Step, ...] = (
    # conf.py was read.
    ("config-inited", 100, reader.use_reader),
    ("config-inited", 500, kernels.set_environment),
    ("config-inited", 500, finish.use_bridge),
    ("builder-inited", 500, finish.add_static_files),
    # All cells run whose outputs are not known.
    ("builder-inited", 950, stage.run_stale),
    # Pages are about to be read.
    ("env-get-outdated", 500, stage.pages_to_read),
    ("env-get-outdated", 500, problems.read_again),
    ("env-before-read-docs", 500, progress.begin),
    ("env-before-read-docs", 900, few_pages.read_here),
    # The text of a page was read; the outputs of its cells join it.
    ("source-read", 900, reader.prepare),  # when others have changed the text
    ("source-read", 950, progress.count),
    # The page was read.
    ("doctree-read", 500, machines.note_description),
    ("doctree-read", 600, claims.collect),  # marks the cells that are proofs
    ("doctree-read", 700, cells.show_messages_only),
    ("doctree-read", 720, exercises.collect),
    ("doctree-read", 730, folds.fold_checked),
    ("doctree-read", 740, downloads.note),
    ("doctree-read", 750, tabs.gather),
    ("doctree-read", 900, search.collect),  # the page is complete
    # All pages are known; other extensions check theirs at 500.
    ("env-updated", 400, claims.refuse_duplicates),
    ("env-updated", 400, exercises.refuse_duplicates),
    ("env-updated", 400, hunted.check),
    ("env-updated", 900, problems.fail),  # with all that was found
    ("env-updated", 950, dependents.pages_to_write),
    ("env-updated", 950, notfound.write_pages),
    ("env-updated", 950, search.write_index),
    ("env-updated", 960, few_pages.write_here),  # all pages that change are known
    # A page is resolved, and written.
    ("doctree-resolved", 500, ledger.fill_ledger),
    ("doctree-resolved", 500, hunted.fill),
    ("doctree-resolved", 500, sheet.fill),
    ("doctree-resolved", 500, progress.fill_status),
    ("doctree-resolved", 900, downloads.write),  # all placeholders are filled
    ("html-collect-pages", 500, notfound.pages),
    ("html-page-context", 500, search.add_files),
    ("html-page-context", 500, cards.name_columns),
    ("html-page-context", 500, filter_lists.add_files),
    ("html-page-context", 500, exercises.add_files),
    ("html-page-context", 500, downloads.add_links),
    ("html-page-context", 500, machines.add_tags),
    ("html-page-context", 500, notfound.add_script),
    ("html-page-context", 800, theme.copy_notebook_css),
    ("html-page-context", 900, light.drop_unused),
    (finish.EVENT, 500, theme.mend),
    (finish.EVENT, 500, wide.mend),
    (finish.EVENT, 500, notfound.absolute_links),
    (finish.EVENT, 900, csp.add_policy),  # nothing is added after the check sums
    # All is written.
    ("build-finished", 300, few_pages.restore),
    ("build-finished", 400, downloads.complete),
    ("build-finished", 500, claims_json.write),
    ("build-finished", 500, machines.write_files),
    ("build-finished", 850, problems.stay_red),
    ("build-finished", 900, progress.finish),
    ("build-finished", 999, dependents.keep),
)

# What is noted of each page, kept in the environment, and merged with ``-j``.
FACTS = (
    marks.FACTS,
    problems.FACTS,
    progress.FACTS,
    machines.DESCRIPTIONS,
    search.FACTS,
    exercises.FACTS,
)


def setup(app: Sphinx) -> dict[str, object]:
    """Register everything."""
    # Furo's accessible-pygments sets the root logger to INFO when it is imported.
    logging.getLogger("traitlets").setLevel(logging.WARNING)
    app.setup_extension("myst_nb")
    app.setup_extension("sphinx_design")
    add_settings(app)
    problems.count_warnings(app)

    app.add_builder(search.Builder, override=True)
    app.add_domain(claims.ClaimDomain)
    app.add_role("claim", claims.ClaimRole())
    app.add_node(ledger.claim_ledger)
    app.add_directive("claim", claims.ClaimDirective)
    app.add_directive("claim-ledger", ledger.ClaimLedgerDirective)
    app.add_node(
        search.search_field,
        html=(search.visit_field, None),
        latex=(search.skip_field, None),
        text=(search.skip_field, None),
    )
    app.add_directive("search-field", search.SearchFieldDirective)
    app.add_directive("filterable", filter_lists.FilterableDirective)
    app.add_directive("exercise", exercises.ExerciseDirective)
    app.add_node(sheet.exercise_sheet)
    app.add_directive("exercise-sheet", sheet.ExerciseSheetDirective)
    app.add_node(hunted.hunt_list)
    app.add_directive("hunts", hunted.HuntsDirective)
    app.add_node(progress.site_status)
    app.add_directive("site-status", progress.SiteStatusDirective)
    app.add_directive("kernel-environment", progress.KernelEnvironmentDirective)

    app.add_event(finish.EVENT)
    app.add_event(claims_json.ENTRY)
    connect(app, STEPS)
    for name in FACTS:
        keep_by_page(app, name)
    dependents.shows(app, dependents.navigation)
    dependents.shows(app, dependents.whole_site)
    dependents.shows(app, hunted.shown)
    checks.checks(app, outputs.check)
    dependents.lists(app, progress.totals)
    dependents.lists(app, lambda env: [vars(c) for c in claims.domain(env).all()])
    dependents.lists(app, sheet.exercises)
    dependents.lists(app, lambda env: mutated.words(mutated.mutants(app)))
    # env_version: raise it when what is kept in the environment gets another form, so
    # that what an older version kept is dropped.
    return {
        "version": version("proved-pages"),
        "env_version": 1,
        "parallel_read_safe": True,
        "parallel_write_safe": True,
    }


def connect(app: Sphinx, steps: Iterable[Step]) -> None:
    """Connect a table of steps."""
    for event, priority, step in steps:
        app.connect(event, step, priority)
