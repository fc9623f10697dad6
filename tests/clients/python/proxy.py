"""A wire between two servers that can be cut."""

import contextlib
import socket
import threading

CHUNK_BYTES = 64 * 1024


class Proxy:
    """Hands connections on to one address until `close`. It listens from the start, so that its address can be
    told before the server behind it runs."""

    def __init__(self, target: str):
        host, port = target.rsplit(":", 1)
        self._target = (host, int(port))
        self._lock = threading.Lock()
        self._is_cut = False
        self._sockets = set()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self._listener.getsockname()[1]}"
        self.endpoint = f"http://{self.address}"
        self._start(self._accept)

    def cut(self) -> None:
        """Ends all connections, and each new one as soon as it is made."""
        with self._lock:
            self._is_cut = True
            for end in self._sockets:
                # Wakes the threads that read from it, which then close it.
                with contextlib.suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)

    def heal(self) -> None:
        with self._lock:
            self._is_cut = False

    def close(self) -> None:
        self.cut()
        # Closing alone does not wake the thread that waits for connections.
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _start(self, work, *arguments) -> threading.Thread:
        thread = threading.Thread(target=work, args=arguments, daemon=True)
        thread.start()
        return thread

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                self._start(self._relay, near)

    def _relay(self, near: socket.socket) -> None:
        """One connection, from beginning to end."""
        with near:
            if not self._keep(near):
                return
            try:
                with contextlib.suppress(OSError), socket.create_connection(self._target) as far:
                    if self._keep(far):
                        back = self._start(self._pump, far, near)
                        self._pump(near, far)
                        back.join()
                    self._forget(far)
            finally:
                self._forget(near)

    def _keep(self, end: socket.socket) -> bool:
        """Whether the connection may live. If so, the next cut ends it."""
        with self._lock:
            if self._is_cut:
                return False
            self._sockets.add(end)
            return True

    def _forget(self, end: socket.socket) -> None:
        with self._lock:
            self._sockets.discard(end)

    @staticmethod
    def _pump(source: socket.socket, sink: socket.socket) -> None:
        """Hands on what comes, and at last that no more comes."""
        with contextlib.suppress(OSError):
            while chunk := source.recv(CHUNK_BYTES):
                sink.sendall(chunk)
        with contextlib.suppress(OSError):
            sink.shutdown(socket.SHUT_WR)
