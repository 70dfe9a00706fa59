"""What the site is built with, and by which rules. How stands in src/.

https://www.sphinx-doc.org/en/master/usage/configuration.html
"""

import os

from keras_site import words

project = "Sequential or Model?"
author = "The Sequential or Model? contributors"
copyright = f"2026, {author}"
language = "en"

extensions = [
    "sphinx.ext.doctest",
    "proved_pages",  # every cell runs, every claim is proved; with MyST-NB
    "keras_site",  # what only this site has
    "sphinx_copybutton",
    "sphinx_reredirects",
]
exclude_patterns = ["_templates", "_static"]
templates_path = ["docs/_templates"]

# --- execution: every cell runs, and nothing it says is hidden ----------------------

nb_execution_timeout = 60  # seconds a cell; the slowest example trains for about ten
nb_execution_in_temp = True  # a cell that saves a file leaves nothing in docs/
nb_merge_streams = True  # one box for ten prints
nb_render_markdown_format = "myst"  # tables that a cell computes are part of the page

proved_cpu_budget = (20, 720)  # CPU seconds: one page, all pages; CONTRIBUTING.md

# What every kernel gets, and nothing else decides.
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
# Variables of the user's shell that would change what a cell does.
proved_unset = ["TF_USE_LEGACY_KERAS", "TF_XLA_FLAGS", "XLA_FLAGS"]
proved_private_folders = {
    "KERAS_HOME": "keras",  # not ~/.keras/keras.json
    "MPLCONFIGDIR": "matplotlib",  # nor ~/.config/matplotlib
}
# Figures: narrow enough for words of 10 pixels on a phone, and colors that have a
# contrast of 3 to 1 to the page in light and in dark.
proved_figures = {
    "figure.figsize": "5, 2.8",
    "figure.constrained_layout.use": True,
    "font.size": 11,
    "axes.titlesize": 11,
    "axes.prop_cycle": "cycler(color=['3a80bd','cc6118','2f935a','a862c4','8c7a1f'])",
    "axes.edgecolor": "808080",
    "grid.color": "808080",
    "image.cmap": "gray",
}

proved_lock = "requirements.txt"
proved_packages = ["examples", "which_api"]  # what cells import of this repository
proved_programs = "examples"  # a recipe shows one module of it
proved_on = {
    "TensorFlow": ["tensorflow-cpu", "tensorflow"],
    "Keras": ["keras", "keras-nightly"],
}
# What claims that speak of all cases were tried on (make hunt), and what the results
# depend on, beside the properties and the zoo.
proved_hunts = "tests/hunts"
proved_hunt_packages = ["keras", "tensorflow", "tensorflow-cpu", "numpy", "hypothesis"]
# Which changes of proofs were noticed (make mutate), ways to break them that only Keras
# has, and versions that the results depend on.
proved_mutants = "tests/mutants"
proved_mutant_ways = ["keras_site.mutants"]
proved_mutant_packages = ["keras", "tensorflow", "tensorflow-cpu", "numpy"]
# Imported once, before kernels are forked.
proved_warm_modules = ["tensorflow", "keras", "sklearn.datasets", "matplotlib.pyplot"]
# The full wheel of TensorFlow 2.21 (on Linux) logs to stderr when it is imported and
# when it looks for devices, whatever the variables. An operation would look for them,
# too, but after one no page could declare logical devices.
proved_quiet_start = {
    "tensorflow": "import tensorflow; tensorflow.config.list_physical_devices()"
}
# In a Jupyter kernel, TensorFlow's logger for Python writes to stdout.
proved_log_lines = r"^(?:INFO|WARNING|ERROR):tensorflow:.*$"
# Code that takes longer than a plain cell, and how many times as long: CPU time of all
# cells of this site, fitted once. Only the order of pages follows from it.
proved_slow_calls = {
    r"\.main\(": 50,  # an example: loads data, trains, compares
    r"\bfit\(": 8,
    r"\btrain\(": 16,
    r"\bsurvey\(": 60,  # builds ten networks of keras.applications
}

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
# Links to other sites are asked once a week (make linkcheck), not in every build.
linkcheck_ignore = [r"https?://(localhost|127\.0\.0\.1)\b"]  # the reader's own machine
linkcheck_anchors_ignore_for_url = [r"https://github\.com/"]  # a script makes them
linkcheck_timeout = 30
linkcheck_retries = 2  # a host that is slow for a moment is no dead link

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
html_sidebars = {  # those of Furo, and "I use …"
    "**": [
        "sidebar/brand.html",
        "sidebar/search.html",
        "sidebar/scroll-start.html",
        "sidebar/navigation.html",
        "version-choice.html",
        "sidebar/scroll-end.html",
    ]
}
html_last_updated_fmt = None  # two builds of one commit are the same bytes
html_theme_options: dict[str, object] = {
    "top_of_page_buttons": []
}  # furo's stands outside any landmark
copybutton_exclude = ".linenos, .gp, .go"  # copy code, not prompts and outputs

proved_tabs = {
    "sequential": "Sequential",
    "functional": "Functional",
    "subclass": "Subclass",
}
proved_search = True
proved_search_scripts = ["error-messages.js", "error-search.js"]
proved_search_same = words.SAME
proved_search_small = words.SMALL
proved_not_found = True
# A page that moved: its old name, and the new address as a link on it would be. A moved
# section or claim leaves its anchor and one line behind: a redirect loses the fragment.
redirects: dict[str, str] = {}
redirect_html_template_file = "_templates/redirect.html"  # no script, for our policy
proved_license = "MIT"
# The picture of shared links, drawn by tools/preview.py: file, pixels, what it shows.
proved_preview = ("_static/preview.png", 1200, 630, "A stack and a graph of layers")
