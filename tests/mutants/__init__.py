"""Tests of mutants, and what is known of those of this site."""
