"""Teach: exercises that check themselves, and proofs that are folded away."""
