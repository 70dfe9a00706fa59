"""What a call raises: a property asks for the error, or for its text."""

from collections.abc import Callable


def refused(
    call: Callable[..., object], *arguments: object, **options: object
) -> Exception | None:
    """Return the error that a call raises, or nothing."""
    try:
        call(*arguments, **options)
    except Exception as error:
        return error
    return None


def refusal(call: Callable[..., object], *arguments: object, **options: object) -> str:
    """Return the text of the ValueError that a call raises; empty: it raises none.

    Another error is not caught: it would be a surprise.
    """
    try:
        call(*arguments, **options)
    except ValueError as error:
        return str(error)
    return ""
