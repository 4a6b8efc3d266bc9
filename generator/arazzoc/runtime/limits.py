"""Steps whose time is limited: the connection is cut when it is over."""

from __future__ import annotations

import copy
import math
import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import requests
from requests.adapters import HTTPAdapter

from arazzoc.runtime.run import ClientT, WorkflowState
from arazzoc.runtime.transport import NoLimit, session_with

# Run-time support: the time of a step


def within(
    client: ClientT, seconds: float, run: WorkflowState | None = None
) -> ClientT:
    """Return a client whose requests and waits together may take so long; the time of a
    run that is resumed goes on.
    """
    limited, now = copy.copy(client), client.now()
    if run is not None:
        run.counters.until = until = run.counters.until or now + seconds
        seconds = min(seconds, until - now)
    limited.deadline = min(client.clock() + seconds, client.deadline)
    limited.limit = limit = Limit(lambda: limited.deadline - client.clock())
    cookies = getattr(client.session, "cookies", None)
    limited.session = session_with(client.session, cookies, limit)
    return limited


class Limit(NoLimit):
    """The time of requests: once it is over, the connection is cut, whatever is being
    sent or awaited. A thread watches each request. `left` gives the seconds that a
    request may take.
    """

    def __init__(self, left: Callable[[], float]) -> None:
        self._seconds, self._until = left, math.inf
        self._done, self._lock = threading.Event(), threading.Lock()
        self._connection: Any = None
        self._socket: Any = None

    def __enter__(self) -> None:
        self._until = time.monotonic() + self._seconds()
        self._done = done = threading.Event()
        threading.Thread(target=self._watch, args=[done], daemon=True).start()

    def __exit__(self, *_: object) -> None:
        self._done.set()

    @property
    def left(self) -> float:
        """How many seconds are left, always more than none."""
        return max(0.001, self._until - time.monotonic())

    @property
    def is_over(self) -> bool:
        """Whether no time is left."""
        return time.monotonic() >= self._until

    def adapter(self, adapter: Any) -> Any:
        """Return an adapter whose connections are cut when the time is over."""
        if not isinstance(adapter, HTTPAdapter):
            return adapter

        def limited(choose: Callable[..., Any]) -> Callable[..., Any]:
            return lambda *args, **kwargs: self._pool(choose(*args, **kwargs))

        names = [name for name in _POOL_METHODS if hasattr(adapter, name)]
        methods = {name: limited(getattr(adapter, name)) for name in names}
        return _with_methods(adapter, **methods)

    def _watch(self, done: threading.Event) -> None:
        """Cut the connection when the time is over, until the request is given up."""
        while not done.wait(0.05 if self.is_over else self.left):
            with self._lock, suppress(OSError, TypeError, AttributeError):
                if self.is_over:
                    sock: Any = self._socket or self._connection.sock
                    socket.socket.shutdown(sock, socket.SHUT_RDWR)

    def _pool(self, pool: Any) -> Any:
        """A pool of connections that tells which one the request has."""

        def take(timeout: Any = None) -> Any:
            if self.is_over:
                raise requests.Timeout
            connection = pool._get_conn(timeout or self.left)
            answer_of = connection.getresponse

            def getresponse() -> Any:
                self._socket = connection.sock  # a response may take it over
                return answer_of()

            connection.getresponse = getresponse
            self._connection = connection
            return connection

        def give_back(connection: Any) -> None:
            with self._lock:
                self._connection = self._socket = None
            if connection is not None:
                del connection.getresponse
            pool._put_conn(connection)

        return _with_methods(pool, _get_conn=take, _put_conn=give_back)


# how the versions of requests ask an adapter for connections
_POOL_METHODS = ("get_connection_with_tls_context", "get_connection")


def _with_methods(shared: Any, **methods: Callable[..., Any]) -> Any:
    """An object with the state of another, and some methods of its own."""
    kind = shared.__class__
    static = {name: staticmethod(method) for name, method in methods.items()}
    own: Any = object.__new__(type(kind.__name__, (kind,), static))
    own.__dict__ = shared.__dict__
    return own
