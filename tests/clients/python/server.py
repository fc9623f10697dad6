"""A Pixii server as a child process, on a free port of the loopback address."""

import contextlib
import os
import pathlib
import random
import re
import select
import signal
import socket
import subprocess
import time

REPOSITORY = pathlib.Path(__file__).resolve().parents[3]
READY_SECONDS_MAX = 30


def binary() -> str:
    """The program under test."""
    return os.environ.get("PIXII_BIN", str(REPOSITORY / "target" / "release" / "pixii"))


def lasting_address() -> str:
    """An address that a server can be started on again after it was killed. Its port is below those that outgoing
    connections get: a client that tries a dead port from that very port would be talking to itself."""
    while True:
        address = ("127.0.0.1", random.randrange(20_000, 32_000))
        with contextlib.suppress(OSError), socket.create_server(address):
            return f"{address[0]}:{address[1]}"


class Server:
    """Runs from construction until `end`, `kill` or `finish`."""

    def __init__(self, *arguments: str, log=subprocess.DEVNULL, listen="127.0.0.1:0"):
        self.process = subprocess.Popen(
            [binary(), "serve", "--listen", listen, *arguments],
            stdout=subprocess.PIPE,
            stderr=log,
        )
        try:
            self.address = self._address()
        except BaseException:
            self.kill()
            raise
        self.endpoint = f"{self.scheme}://{self.address}"

    def _address(self) -> str:
        """The address in the line that says the server is ready."""
        output = b""
        deadline = time.monotonic() + READY_SECONDS_MAX
        descriptor = self.process.stdout.fileno()
        while time.monotonic() < deadline:
            if not select.select([descriptor], [], [], 0.5)[0]:
                continue
            chunk = os.read(descriptor, 4096)
            output += chunk
            found = re.search(rb"listens on https?://[^:]+:(\d+)[^\n]*\n", output)
            if found:
                self.scheme = "https" if b" https://" in output else "http"
                metrics = re.search(rb"metrics on http://([^/]+)/metrics", output)
                self.metrics_address = metrics and metrics[1].decode()
                return f"127.0.0.1:{found[1].decode()}"
            if not chunk:
                break
        raise RuntimeError(f"the server did not become ready; it printed {output!r}")

    def is_running(self) -> bool:
        return self.process.poll() is None

    def end(self) -> int:
        """Asks the server to end, and gives its exit status."""
        self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(timeout=30)
        finally:
            self.process.stdout.close()

    def kill(self) -> None:
        """Ends the server at once, as a crash would."""
        self.process.kill()
        self.process.wait(timeout=30)
        self.process.stdout.close()
