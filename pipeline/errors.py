"""What can go wrong, as one small family: every message is a sentence for the person who asked.

Nothing here knows HTTP; `pipeline.api` maps the classes to status codes, pages show the message.
"""


class PipelineError(Exception):
    """Base of every refusal; `str(error)` is one readable sentence."""


class Invalid(PipelineError):
    """What was given does not fit: a field, a rule, a file, an option.

    `path` leads to the mistake (`rules[1].rule.days`), and the sentence begins with it; "" when the
    whole is meant.
    """

    def __init__(self, message: str, path: str = "") -> None:
        super().__init__(f"{path} {message}" if path else message)
        self.path = path


class NotFound(PipelineError):
    """No such thing, or not here: `NotFound("Segment")` says "Segment not found"."""

    def __init__(self, noun: str) -> None:
        super().__init__(f"{noun} not found")


class Conflict(PipelineError):
    """The thing is there, but its state forbids what was asked."""


class ProviderError(PipelineError):
    """A plugged-in provider raised, or returned what cannot be used; nothing was stored."""


class DatabaseError(PipelineError):
    """The database cannot be used: down, unreachable, of an unknown kind, or newer than we are."""


class TooSlow(PipelineError):
    """The answer was given up: whoever asked would not wait, and others would have to."""


class SettingError(PipelineError):
    """A setting is missing or cannot be used; the sentence names its variable, and no password."""
