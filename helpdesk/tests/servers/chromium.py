"""Where is the browser that people use? Tests drive Debian's or Google's, not one that a test tool downloads.

Debian also has it without windows, tabs and extensions, which nobody sees in a test and which take half of its time.
"""

import shutil

PACKAGE = "chromium"
NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def find() -> str:
    """The path of the program, or an empty string."""
    return next((path for name in NAMES if (path := shutil.which(name))), "")


def missing() -> str:
    return "" if find() else "Chromium is not installed (package chromium)."
