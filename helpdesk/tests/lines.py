"""Lines of templates and style sheets longer than those of the code may be: `python -m helpdesk.tests.lines FILE …`."""

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

MOST = 120


def too_long(paths: Iterable[str]) -> Iterator[str]:
    """`file:line: length` of each line with more than `MOST` characters."""
    for path in paths:
        for number, line in enumerate(Path(path).read_text().splitlines(), 1):
            if len(line) > MOST:
                yield f"{path}:{number}: {len(line)} characters"


if __name__ == "__main__":
    found = list(too_long(sys.argv[1:]))
    sys.exit("\n".join(found) if found else 0)
