"""Names for menus, which have to tell apart what is called the same."""

import uuid
from collections import Counter
from collections.abc import Iterable, Mapping

from pipeline.models import Segment


def by_id(segments: Iterable[Segment]) -> Mapping[uuid.UUID, str]:
    """Names by id; those that several have with the beginning of the id."""
    # The browser knows an option by its label alone.
    names = {each.id: each.name for each in segments}
    shared = {name for name, number in Counter(names.values()).items() if number > 1}
    return {
        id_: f"{name} ({str(id_)[:8]})" if name in shared else name for id_, name in names.items()
    }
