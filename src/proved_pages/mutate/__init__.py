"""Break proofs on purpose, and see whether they notice.

proofs      the claims of a page, and the cells that prove them
statements  what a statement uses, binds and changes
slices      the statements that a proof depends on
edits       mutants: changes of a slice
operators   the general ways to break a proof; others are registered (`ways`)
choice      which of all mutants of a proof run
worker      a warm process that runs code in forks of itself
judge       what became of the proof and of its mutants
results     what is kept, what is stale, the score
"""
