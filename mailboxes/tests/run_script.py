"""Run a module as a script with Django set up: `python -m mailboxes.tests.run_script MODULE ARGUMENTS …`."""

import runpy
import sys

import django


def main() -> None:
    django.setup()
    del sys.argv[0]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
