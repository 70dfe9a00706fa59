"""What maintainers run: environment, lock, live builds, style of cells, ratios."""
