"""The built-in segment generator: a small grammar, which needs neither key nor network."""

from collections.abc import Sequence

from pipeline.smart.providers import Generated


class KeywordGenerator:
    """Answers every prompt with a valid definition; the same for the same prompt and names."""

    def generate(self, prompt: str, event_types: Sequence[str] = ()) -> Generated:
        """The definition that `prompt` adds up to, and what was left over."""
        from pipeline.smart.grammar.answering import answer  # which takes long to import

        return answer(prompt, event_types)
