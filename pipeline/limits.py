"""Limits on text that comes from outside."""

from pipeline.errors import Invalid


def unstorable(value: str) -> str | None:
    """Why no database takes this text, as the end of a sentence; None when it does."""
    if "\0" in value:
        return "must not contain NUL characters"
    try:
        value.encode()
    except UnicodeEncodeError:
        return "must not contain lone surrogates"
    return None


def check_text(value: str, field: str, longest: int) -> str:
    """`value`, if it can be stored and has at most `longest` characters; else Invalid."""
    if problem := unstorable(value):
        raise Invalid(f"{field} {problem}")
    if len(value) > longest:
        raise Invalid(f"{field} must be at most {longest} characters")
    return value


def filled(value: object) -> str | None:
    """The trimmed text of a non-blank string, None for anything else."""
    return (value.strip() or None) if isinstance(value, str) else None
