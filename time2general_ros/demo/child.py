"""One process of the demonstration, with its log."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
import subprocess
import sys
import time

from time2general_ros.demo.demo_error import DemoError
from time2general_ros.scoped import Scoped

_PATIENCE_S = 15.0
_POLL_S = 0.05
_TAIL_LINES = 15


class Child(Scoped):
    """
    A Python module that runs as a process of its own; a context manager that ends it.

    :param module: As after ``python -m``.
    :param log: File that takes what the process prints.
    :param environment: The whole environment of the process.
    """

    def __init__(
        self, module: str, arguments: list[str], log: Path, environment: Mapping[str, str]
    ) -> None:
        self.name = module.rpartition('.')[2]
        self._log = log
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open('wb') as output:
            self._process = subprocess.Popen(
                [sys.executable, '-m', module, *arguments],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=dict(environment),
                # Ctrl-C is for the demonstration; it ends its processes in order.
                start_new_session=True,
            )

    def leave(self, *, failed: bool) -> None:
        """End the process, by force if it takes too long."""
        del failed
        if self._process.poll() is not None:
            return
        self._process.terminate()
        try:
            self._process.wait(_PATIENCE_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    @property
    def is_running(self) -> bool:
        """Whether the process has not ended yet."""
        return self._process.poll() is None

    def check(self) -> None:
        """
        Make sure that the process is alive or ended well.

        :raises DemoError: if it ended with an exit code other than 0.
        """
        if self._process.poll():
            raise DemoError(
                f'the {self.name} process ended with exit code {self._process.returncode}; '
                f'{self.tail()}'
            )

    def wait_for_line(self, text: str, timeout_s: float, *others: Child) -> None:
        """
        Wait until the process has printed a text.

        :param others: Processes that have to stay alive meanwhile.
        :raises DemoError: if it does not, or if a process fails.
        """
        end = time.monotonic() + timeout_s
        while text not in self._log.read_text(errors='replace'):
            for child in (self, *others):
                child.check()
            if time.monotonic() > end:
                raise DemoError(f'the {self.name} did not say {text!r} in time; {self.tail()}')
            time.sleep(_POLL_S)

    def wait(self, timeout_s: float, *others: Child) -> None:
        """
        Wait until the process has ended well.

        :param others: Processes that have to stay alive meanwhile.
        :raises DemoError: if it does not end in time, or if a process fails.
        """
        end = time.monotonic() + timeout_s
        while self.is_running:
            for child in others:
                child.check()
            if time.monotonic() > end:
                raise DemoError(f'the {self.name} did not end in time; {self.tail()}')
            time.sleep(_POLL_S)
        self.check()

    def stop(self) -> None:
        """
        Ask the process to end, and wait.

        :raises DemoError: if it does not end in time or not well.
        """
        self._process.terminate()
        self.wait(_PATIENCE_S)

    def tail(self) -> str:
        """Return the last lines of the log, introduced by its path."""
        lines = self._log.read_text(errors='replace').splitlines()[-_TAIL_LINES:]
        return f'the end of {self._log}:\n' + '\n'.join(f'  {line}' for line in lines)
