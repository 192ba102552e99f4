"""Makes the tables, once for several test runs, in the folder that their environment names: migrations take seconds."""

import os
from pathlib import Path

from helpdesk.tests.database.template import SHARED, sqlite_template
from helpdesk.tests.servers.postgresql import PostgreSQL, prepared


def main() -> None:
    folder = Path(os.environ[SHARED])
    sqlite_template(folder)
    if not PostgreSQL.missing():
        prepared(folder)


if __name__ == "__main__":
    main()
