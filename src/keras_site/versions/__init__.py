"""What holds on other releases and backends, and how pages show it.

release_rows    the rows: releases and backends, with their locks
row_plan        the cells of all pages, read into statements
row_runner      runs a plan in the environment of a row
row_verdicts    what a run says of a proof, in a letter
row_results     what is known, and whether it is fresh
shown_versions  what stands below each claim
version_tables  all rows, and all that changed, on a page
"""
