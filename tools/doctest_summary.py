"""Print the last line of `make doctest`: how many values on pages were checked."""

import pathlib
import re
import sys

report = pathlib.Path(sys.argv[1]).read_text(encoding="utf-8")
pages = len(re.findall(r"^Document: ", report, re.MULTILINE))
total = int(re.findall(r"^ *(\d+) tests?$", report, re.MULTILINE)[-1])
print(f"{total} doctest examples on {pages} pages pass")
