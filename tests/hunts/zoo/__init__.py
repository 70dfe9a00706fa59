"""Unlike networks, each with its code and data for it."""

from .case import Case, data_for, floats, made, same
from .parts import EVERY_SEQUENTIAL, GRAPHS, NETWORKS, STACKS, SUBCLASSES, Part, each
from .refusals import refusal, refused
from .stacks import Stack

__all__ = [
    "EVERY_SEQUENTIAL",
    "GRAPHS",
    "NETWORKS",
    "STACKS",
    "SUBCLASSES",
    "Case",
    "Part",
    "Stack",
    "data_for",
    "each",
    "floats",
    "made",
    "refusal",
    "refused",
    "same",
]
