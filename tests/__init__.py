"""Tests of the examples, of the extensions, of the gates and of the built site."""
