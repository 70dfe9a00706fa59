"""Tests of the notebooks and the scripts that pages can be downloaded as."""
