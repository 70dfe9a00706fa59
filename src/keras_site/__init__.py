"""What only this site has: rules, chooser, gallery, fixer, check of a model, ratios.

rule_pages    the rule table and the decision diagram (`decision_svg`)
chooser       the questions on the first page, and their answers
gallery       every recipe as a card, with filters; `snippet` cuts out its code
lessons       the notebooks and figures of the lessons, to take away
programs      where the code of recipes comes from, and a zip of it
check_model   the check of a model in the browser
fixes         the entries of the fixer: errors and silent traps, with proof and cure
folklore      sentences that other pages teach, with a verdict and its claim
subjects      claims that speak of the same thing, side by side
ratio_tables  the ratios that ``make bench`` measured
licenses      whose the published files are, and under which licenses
versions      what holds on other releases and backends
words         what people who search mean alike

The numbers below are those of ``proved_pages.pipeline``, which says what they mean.
"""

from importlib.metadata import version
from pathlib import Path

from sphinx.application import Sphinx
from sphinx.config import Config

from keras_site import (
    check_model,
    chooser,
    fixes,
    folklore,
    gallery,
    lessons,
    licenses,
    programs,
    ratio_tables,
    rule_pages,
    subjects,
)
from keras_site.versions import (
    other_wordings,
    shown_versions,
    version_choice,
    version_tables,
)
from proved_pages.by_page import keep_by_page
from proved_pages.dependents import lists, shows
from proved_pages.pipeline import Step, connect
from proved_pages.publish.claims_json import ENTRY


def add_folders(app: Sphinx, config: Config) -> None:
    """Publish the scripts and styles of this package; watch its code."""
    here = str(Path(__file__).parent)
    config.proved_code_folders = [*config.proved_code_folders, here]


STEPS: tuple[Step, ...] = (
    ("config-inited", 50, add_folders),
    ("doctree-read", 720, fixes.collect),  # after the outputs were checked
    ("doctree-read", 720, folklore.collect),
    ("doctree-read", 760, programs.fold),  # after claims have marked their proofs
    ("doctree-read", 770, shown_versions.collect),
    ("env-updated", 400, fixes.refuse_duplicates),
    ("env-updated", 402, fixes.join),
    ("env-updated", 500, check_model.refuse_missing_samples),
    ("env-updated", 500, chooser.refuse_dead_links),
    ("env-updated", 500, gallery.refuse_missing_pages),
    ("env-updated", 500, subjects.refuse_unknown),
    ("env-updated", 500, rule_pages.refuse_unproved_rules),
    ("env-updated", 500, shown_versions.check),
    ("env-updated", 950, fixes.write_messages),
    ("env-updated", 950, check_model.write_data),
    ("env-updated", 950, licenses.write_texts),
    ("env-updated", 950, programs.write_zip),
    ("doctree-resolved", 500, fixes.fill),
    ("doctree-resolved", 500, folklore.fill),
    ("doctree-resolved", 500, gallery.fill),
    ("doctree-resolved", 500, chooser.fill),
    ("doctree-resolved", 500, check_model.fill),
    ("doctree-resolved", 500, licenses.fill),
    ("doctree-resolved", 500, subjects.fill),
    ("doctree-resolved", 500, version_tables.fill),
    ("doctree-resolved", 510, shown_versions.fill),  # below what hunts say
    ("doctree-resolved", 510, version_choice.fill),
    ("doctree-resolved", 510, other_wordings.fill),
    ("doctree-resolved", 950, lessons.fill),  # after downloads
    ("doctree-resolved", 950, programs.fill),
    ("build-finished", 450, lessons.write),  # when notebooks are complete
    (ENTRY, 500, shown_versions.add_to_entry),
    ("build-finished", 890, shown_versions.tell),
    ("html-page-context", 500, chooser.add_files),
    ("html-page-context", 500, check_model.add_files),
    ("html-page-context", 500, gallery.add_files),
    ("html-page-context", 500, version_choice.add_choice),
)

DIRECTIVES = {
    "rule": rule_pages.RuleDirective,
    "rule-table": rule_pages.RuleTableDirective,
    "decision-diagram": rule_pages.DecisionDiagramDirective,
    "chooser": chooser.ChooserDirective,
    "gallery": gallery.GalleryDirective,
    "check-model": check_model.CheckModelDirective,
    "lesson-files": lessons.LessonFilesDirective,
    "error-list": fixes.ErrorListDirective,
    "older-wording": fixes.OlderWordingDirective,
    "folklore": folklore.FolkloreDirective,
    "folklore-list": folklore.FolkloreListDirective,
    "bench-tables": ratio_tables.BenchTablesDirective,
    "build-tables": ratio_tables.BuildTablesDirective,
    "page-weights": ratio_tables.PageWeightsDirective,
    "claims-by-subject": subjects.ClaimsBySubjectDirective,
    "licenses": licenses.LicensesDirective,
    "changed-claims": version_tables.ChangedClaimsDirective,
    "errors-elsewhere": version_tables.ErrorsElsewhereDirective,
    "versions-table": version_tables.VersionsTableDirective,
    "programs": programs.ProgramsDirective,
}

NODES = (
    chooser.chooser,
    gallery.gallery,
    check_model.check_model,
    lessons.lesson_files,
    licenses.licenses,
    programs.programs,
    subjects.claims_by_subject,
    folklore.folklore_list,
    version_tables.changed_claims,
    version_tables.errors_elsewhere,
    version_tables.versions_table,
    fixes.error_link,
    fixes.also_shown,
    fixes.error_list,
    fixes.older_wording,
)


def setup(app: Sphinx) -> dict[str, object]:
    """Register everything."""
    app.setup_extension("proved_pages")
    for node in NODES:
        app.add_node(node)
    for name, directive in DIRECTIVES.items():
        app.add_directive(name, directive)
    connect(app, STEPS)
    keep_by_page(app, fixes.FACTS)
    keep_by_page(app, folklore.FACTS)
    keep_by_page(app, shown_versions.FACTS)
    lists(app, lambda env: list(map(repr, fixes.all_entries(env))))
    lists(app, lambda env: list(map(repr, sorted(folklore.sentences(env).items()))))
    lists(app, gallery.read_recipes)
    shows(app, fixes.shown)
    shows(app, lessons.shown)
    shows(app, licenses.shown)
    shows(app, shown_versions.shown)
    shows(app, version_choice.shown)
    shows(app, other_wordings.shown)
    shows(app, version_tables.shown)
    return {
        "version": version("keras-site"),
        "env_version": 1,
        "parallel_read_safe": True,
        "parallel_write_safe": True,
    }
