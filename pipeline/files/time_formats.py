"""The usual ways to write a time, beside ISO 8601 and the epochs."""

from itertools import product

_DATES = (
    "%d.%m.%Y",
    "%d/%m/%Y",
    "%m/%d/%Y",
    "%d-%m-%Y",
    "%m-%d-%Y",
    "%Y/%m/%d",
    "%Y.%m.%d",
    "%d.%m.%y",
    "%d/%m/%y",
    "%m/%d/%y",
    "%d %b %Y",
    "%d-%b-%Y",
    "%b %d, %Y",
    "%d %B %Y",
    "%B %d, %Y",
)
_TIMES = ("", " %H:%M", " %H:%M:%S", " %I:%M %p", " %I:%M:%S %p")
_OF_LOGS = (
    "%Y-%m-%d %H:%M:%S %Z",
    "%d/%b/%Y:%H:%M:%S %z",
    "%a, %d %b %Y %H:%M:%S %z",
    "%a %b %d %H:%M:%S %Y",
)

#: Formats for `strptime`. Of two that read the same text, the day comes before the month.
TIME_FORMATS = (*(day + time for day, time in product(_DATES, _TIMES)), *_OF_LOGS)
