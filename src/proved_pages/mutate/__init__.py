"""Break proofs on purpose, and see whether they notice.

proofs      the claims of a page, and the cells that prove them
statements  what a statement uses, binds and changes
slices      the statements that a proof depends on
edits       mutants: changes of a slice
operators   the general ways to break a proof; others are registered (`ways`)
orders      one more, for proofs of what is better
choice      which of all mutants of a proof run
keeping     statements whose value is used again, where a proof is slow
kept        what they returned, kept where code runs
worker      a warm process that runs code in forks of itself
judge       what became of the proof and of its mutants
results     what is kept, what is stale, the score
"""
