"""Look at what the cells did: outputs, declared errors, claims and their proofs."""
