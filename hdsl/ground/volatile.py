"""What differs between two runs of the same thing: times, dates, process numbers, temporary paths, addresses.

A resumed run takes a recorded answer where the question is the same but for these. This is the one list of them; it is
documented in docs/running.md.
"""

import re

HIDDEN = "~"
"""What stands for a volatile part when two questions are compared."""

_DAY = r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]{0,6}"
_MONTH = r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]{0,6}"
_CLOCK = r"\d{1,2}:\d\d(?::\d\d)?(?:[.,]\d+)?(?: ?[AP]M)?"
_VOLATILE = re.compile(
    "|".join(
        (
            r"0x[0-9a-fA-F]{4,16}\b",  # addresses: <object at 0x7f3a…>
            r"\b[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}\b",  # UUIDs
            rf"\b\d{{4}}-\d\d-\d\d(?:[T ]{_CLOCK})?(?:Z\b| ?[+-]\d\d:?\d\d\b)?",  # 2026-01-31T12:00:00+02:00
            rf"\b(?:{_DAY},? )?{_MONTH} {{1,2}}\d{{1,2}}\b(?:,? \d{{4}}\b)?",  # Sat Jan 31, 2026
            rf"\b{_CLOCK}",  # 12:00:00
            r"\b\d+m ?\d+(?:\.\d+)?s\b",  # 0m0.012s
            r"\b\d+(?:[.,]\d+)? ?(?:ns|us|µs|ms|s|secs?|seconds?|mins?|minutes?)\b",  # in 0.16s, 3 seconds
            r"\b(?:pid|PID|process|Process)[ =:#]{1,3}\d+",  # pid 1234
            r"(?m:^\[\d+\] \d+$)",  # [1] 1234, a shell's word on a job
            r"/(?:tmp|var/tmp|var/folders|private/tmp|dev/shm)/[^\s'\"`:,;()\[\]<>/]+",  # /tmp/tmp.x7Yz
            r"\bpytest-of-[^\s/]+/pytest-\d+",  # where pytest keeps its temporary folders
        )
    )
)


def without_volatile(text: str) -> str:
    """The text with each volatile part replaced by one character."""
    return _VOLATILE.sub(HIDDEN, text)
