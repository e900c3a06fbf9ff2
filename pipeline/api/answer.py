"""How an answer is written."""

from typing import Any

from fastapi.responses import JSONResponse
from pydantic import BaseModel

from pipeline import exact_json


class Answer(JSONResponse):
    """JSON of a shape or of plain values, every number to the last digit."""

    def render(self, content: Any) -> bytes:
        """The body's bytes."""
        if isinstance(content, BaseModel):
            content = content.model_dump(by_alias=True)
        # A sentence may quote what was sent, a lone surrogate for example.
        return exact_json.dumps(content).encode(errors="replace")
