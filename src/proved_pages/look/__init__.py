"""How a page looks: tabs, what it loads, mends of the theme."""
