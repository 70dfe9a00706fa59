"""Run every claim of the site on other releases and backends: ``make versions``."""
