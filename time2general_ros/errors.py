"""Base of the errors that a user can mend."""

from __future__ import annotations


class Time2GeneralError(Exception):
    """
    Something outside the program is wrong, and the message says what to do.

    The command line prints the message without a traceback and exits with :attr:`exit_code`.
    """

    exit_code = 1


def one_line(error: BaseException) -> str:
    """Say what an error says, without line breaks; its type if it says nothing."""
    return ' '.join(str(error).split()) or type(error).__name__
