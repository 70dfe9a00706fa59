"""Words of this site's subject that mean alike, or little, to someone who searches."""

# One row: words and phrases that find each other. A phrase is matched as a whole.
SAME = (
    ("multiple", "several", "many", "multi", "two", "2", "three", "3"),
    ("skip connection", "residual", "shortcut", "residual connection"),
    ("shared weights", "weight sharing", "shared layer", "share a layer", "reuse"),
    ("subclass", "custom class"),
    ("head", "output"),
    ("difference", "compare", "comparison"),
    ("error", "exception", "traceback", "fails"),
    ("freeze", "frozen", "trainable"),
    ("convert", "migrate", "port", "rewrite"),
    ("save", "store"),
    ("fast", "faster", "slow", "slower", "speed", "performance"),
    ("network", "model", "net"),
    ("hidden", "intermediate"),
    ("gpu", "gpus", "device"),
    ("remove", "delete", "pop", "drop"),
    ("twice", "duplicate", "times", "unique"),
    ("merge", "combine", "join", "concatenate"),
)

# Words that tell as little as "and" in a query, besides Sphinx's stop words.
SMALL = ("vs", "versus", "keras", "tensorflow", "python")
