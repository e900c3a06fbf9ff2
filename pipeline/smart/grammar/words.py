"""Words that join clauses, deny them, or say nothing."""

from pipeline.smart.grammar.meanings import Filler, Join, Not, Unknown
from pipeline.smart.grammar.rows import row

_HELPERS = "have|has|had|did|do|does|were|was|are|is|will|would|could|can"

ROWS = (
    row("not both", Unknown()),
    row("(?:not|never) ever|never|not yet", Not(ever=True)),
    row(
        rf"(?:{_HELPERS})(?: not|n['’]?t)|cannot|not|no|without|w/o|none|neither|nor"  # noqa: RUF001
        "|lack(?:s|ed|ing)?",
        Not(),
    ),
    row("nothing", Not(trails=True)),
    row(
        "(?:but )?(?:exclud(?:e|es|ing)|except(?: for)?|other than|apart from|minus|unless)",
        Join("but", denies=True),
    ),
    row("(?:and )?then|followed by|(?:and )?(?:afterwards|later)", Join("then")),
    row("and/or|or(?: else)?", Join("or")),
    row("and|&|plus|as well as|in addition", Join("and")),
    row("(?:and )?(?:but|yet|though|although|while)", Join("but")),
    row("[,;]|[-–—•*.:!?](?= |$)", Join("comma")),  # noqa: RUF001 - dashes of all lengths
    row(f"who|that|which|whose|with|having|those|they|{_HELPERS}", Filler(begins=True)),
)

# Words that nobody misses when they are left out.
SILENT = frozenset(
    """
    a about again ago all also an any anybody anyone anything at audience back be been being both
    by completed contacts count create customer customer's customers each either email event
    everybody everyone everything find folks for from generate get give he her him his i if in into
    it item items its just kindly leads let's like list made make making me members my need of on
    once one our over page pages people performed person please product products profile profiles
    really segment select she shop shopper shoppers show site some somebody someone something
    started store such target the their them themselves there these thing things this time times to
    triggered type up us user users visitor visitors want we website what when where whom window
    with would you your
    """.split()  # noqa: SIM905 - a list of a hundred strings is no easier to read
)
