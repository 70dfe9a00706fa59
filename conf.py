"""What the site is built with, and by which rules. How stands in docs/_ext/.

https://www.sphinx-doc.org/en/master/usage/configuration.html
"""

import os
import sys
from pathlib import Path

ROOT = Path(__file__).parent
sys.path[:0] = [str(ROOT / "docs"), str(ROOT)]  # _ext, examples

project = "Sequential or Model?"
author = "The Sequential or Model? contributors"
copyright = f"2026, {author}"
language = "en"

extensions = [
    "myst_nb",
    "sphinx.ext.doctest",
    "sphinx_copybutton",
    "sphinx_design",
    "_ext.problems",
    "_ext.dependents",
    "_ext.kernels",
    "_ext.forks",
    "_ext.schedule",
    "_ext.page",
    "_ext.page_cache",
    "_ext.cells",
    "_ext.claims",
    "_ext.tabs",
    "_ext.rules",
    "_ext.which_api_page",
    "_ext.gallery",
    "_ext.chooser",
    "_ext.fixes",
    "_ext.folklore",
    "_ext.search",
    "_ext.bench",
    "_ext.downloads",
    "_ext.theme",
    "_ext.light",
    "_ext.csp",
    "_ext.machines",
    "_ext.notfound",
    "_ext.report",
]
exclude_patterns = ["_ext", "_templates", "_static"]
templates_path = ["docs/_templates"]

# --- execution: every cell runs, and nothing it says is hidden ----------------------

nb_execution_mode = "cache"  # _ext/freshness.py makes its key honest
nb_execution_timeout = 60  # seconds a cell; the slowest example trains for about ten
nb_execution_in_temp = True  # a cell that saves a file leaves nothing in docs/
nb_merge_streams = True  # one box for ten prints
nb_render_markdown_format = "myst"  # tables that a cell computes are part of the page

# What every kernel gets, and nothing else decides (see _ext/kernels.py).
kernel_environment = {
    "KERAS_BACKEND": "tensorflow",
    "TF_CPP_MIN_LOG_LEVEL": "2",  # with the next line, no start-up noise on stderr
    "TF_ENABLE_ONEDNN_OPTS": "0",  # also: sums in one order on every x86 machine
    "TF_NUM_INTRAOP_THREADS": "1",  # the same sums on 2 cores as on 16
    "TF_NUM_INTEROP_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",  # NumPy's and SciPy's; also, a thread cannot be forked
    "OMP_NUM_THREADS": "1",  # scikit-learn's
    "CUDA_VISIBLE_DEVICES": "-1",  # the same numbers with and without a GPU
    "PYTHONHASHSEED": "0",
}

# MyST-NB's own notice of a failed cell, less precise than the one of _ext/cells.py,
# which fails the build with file, line and traceback.
suppress_warnings = ["mystnb.exec"]

doctest_global_setup = """
import keras
import numpy as np
from keras import layers, ops
"""
doctest_test_doctest_blocks = ""  # only {doctest}: a page shows nothing unchecked

# --- references: a dead one fails the build -----------------------------------------

nitpicky = True
myst_enable_extensions = ["attrs_inline", "colon_fence", "deflist"]
myst_heading_anchors = 3

# --- the look -----------------------------------------------------------------------

html_theme = "furo"
html_title = project
html_baseurl = os.environ.get("SITE_URL", "")  # set by the host that publishes
colab_repository = os.environ.get("SITE_REPOSITORY", "")  # OWNER/NAME; see README
html_static_path = ["docs/_static"]
html_favicon = "docs/_static/favicon.svg"
html_css_files = ["site.css", ("print.css", {"media": "print"})]
html_copy_source = True  # as _sources/choose/index.md, for machines that read
html_sourcelink_suffix = ".md"
html_show_sourcelink = False
html_last_updated_fmt = None  # two builds of one commit are the same bytes
html_theme_options = {"top_of_page_buttons": []}  # furo's stands outside any landmark
copybutton_exclude = ".linenos, .gp, .go"  # copy code, not prompts and outputs
