"""The site's own Sphinx extensions: one job each, each with its own test.

page       reads a page into a notebook, and refuses what would let a cell lie
page_cache keeps each page's outputs, and drops what a killed build left half written
freshness  decides when an executed page may be reused
kernels    the environment that every cell runs in
forks      forks the kernels from one process that has imported TensorFlow
schedule   reads the longest pages first, and evens out what each process has to do
sockets    how the build talks to the kernels
cells      looks at every executed cell: did it run silently, or fail as declared
proof      decides, from its source, whether a proof could ever fail
claims     the ``claim`` directive, the ledger and claims.json
tabs       shows neighboring cells as tabs
finish     lets the next ones change a page before it is written
theme      mends faults of the stock theme
light      loads a style sheet or script only where it is used
csp        the policy that keeps every page from asking other hosts
machines   previews, structured data, sitemap, robots.txt, llms.txt
notfound   404.html
rules      the rule table and the decision diagram, from examples/which_api/rules.py
gallery    shows every recipe as a card, with filters
fixes      the entries of the fixer: errors and silent traps, with proof and cure
folklore   sentences that other pages teach, with a verdict and its claim
bench      shows the ratios that `make bench` measured
dependents writes a page again when what it shows of other pages has changed
downloads  every page as a notebook and as a script
markdown   writes a resolved page as plain Markdown
portable   makes the code of a page run without the repository
search     one index of all sections; the ranking is in docs/_static/search-rank.js
chooser    the questions on the first page, and their answers
snippet    cuts one function out of an example, with what it needs
which_api_page  the rules and samples for the check in the browser
by_page    keeps facts by page in the environment, also with -j
at_exit    cleans up at the end of this process, not of its forks
problems   collects what the others found and fails the build with all of it
report     progress while the site builds, and the line at the end
"""

from pathlib import Path

ROOT = Path(__file__).parents[2]  # the repository: conf.py, docs/, examples/
