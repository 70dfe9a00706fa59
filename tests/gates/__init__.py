"""The gates, tested: each way to break a page is tried on a throw-away site."""
