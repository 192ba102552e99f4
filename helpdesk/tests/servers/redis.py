"""A real Redis in memory, the broker that production uses."""

import shutil

from helpdesk.tests.servers.processes import HOST, Server, accepts, free_port


class Redis(Server):
    package = "redis-server"

    @classmethod
    def missing(cls) -> str:
        return "" if shutil.which("redis-server") else "Redis is not installed (package redis-server)."

    def start(self) -> None:
        self.port = free_port()
        program = shutil.which("redis-server")
        assert program
        self.launch([program, "--bind", HOST, "--port", str(self.port), "--save", "", "--appendonly", "no"])
        self.wait_until(lambda: accepts(self.port))

    @property
    def url(self) -> str:
        return f"redis://{HOST}:{self.port}/0"
