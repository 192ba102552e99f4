"""Where is the browser that people use? Tests drive Debian's or Google's, not one that a test tool downloads."""

import shutil

PACKAGE = "chromium"
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def find() -> str:
    """The path of the program, or an empty string."""
    return next((path for name in NAMES if (path := shutil.which(name))), "")


def missing() -> str:
    return "" if find() else "Chromium is not installed (package chromium)."
