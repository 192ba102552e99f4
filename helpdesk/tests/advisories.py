"""Does a library that the helpdesk needs have a known weakness? A step of `make lint`, wherever advisories can be had.

A closed network is no weakness: then one line says that nobody looked. Mirrors of PyPI often have no advisories, and
pip-audit calls that a success; so we ask for those of Django first, which has some.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.request import urlopen

ROOT = Path(__file__).resolve().parent.parent.parent
ASKED_FIRST = "https://pypi.org/pypi/django/4.0/json"
SECONDS = 40
PINNED = ("-r", str(ROOT / "requirements.txt"), "--no-deps", "--disable-pip")
QUIET = ("--progress-spinner", "off", "-f", "json", "--timeout", "10")
#: What pip-audit and requests write when they were not answered.
NO_ANSWER = ("ConnectionError", "Timeout", "timed out", "NameResolutionError", "network may be blocking")


def main() -> int:
    said, code = _audit() if can_be_had() else ("the advisories of PyPI cannot be reached", 0)
    print(f"pip-audit: {said}")
    return code


def can_be_had(address: str = ASKED_FIRST) -> bool:
    """Whether somebody answers with advisories."""
    try:
        with urlopen(address, timeout=5) as answer:
            return bool(json.load(answer).get("vulnerabilities"))
    except (OSError, ValueError):
        return False


def _audit() -> tuple[str, int]:
    command = [str(Path(sys.executable).parent / "pip-audit"), *PINNED, *QUIET]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False)
    except subprocess.TimeoutExpired:
        return f"no answer within {SECONDS} seconds", 0
    return judged(done.stdout, done.stderr)


def judged(stdout: str, stderr: str) -> tuple[str, int]:
    """What is to be said, and the exit code: 1 for a weakness, and for a trouble that is not the network's."""
    try:
        libraries: list[dict[str, Any]] = json.loads(stdout)["dependencies"]
    except (ValueError, KeyError):
        if any(word in stderr for word in NO_ANSWER):
            return "the advisories of PyPI cannot be reached", 0
        return f"it failed: {stderr.strip()[-2000:]}", 1
    found = [
        f"{library['name']} {library['version']}: {weakness['id']}, mended in {weakness['fix_versions']}"
        for library in libraries
        for weakness in library.get("vulns", ())
    ]
    skipped = [library["name"] for library in libraries if "skip_reason" in library]
    if found:
        return "\n  ".join(["known weaknesses:", *found]), 1
    unknown = f"; nothing is known of {', '.join(skipped)}" if skipped else ""
    return f"no known weakness in {len(libraries) - len(skipped)} libraries{unknown}", 0


if __name__ == "__main__":
    sys.exit(main())
