"""How an endpoint lets a request in: names of environment variables, whose values are read when a request is made.

So no object that a report or a traceback may show holds a credential.
"""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from backends.errors import BackendUnavailable
from backends.secrets import HUGGING_FACE_KEY, SERVER_KEY, keep_secret, value_of

if TYPE_CHECKING:
    from collections.abc import Iterable

#: The client insists on some token; servers that need none ignore it. It keeps a token saved on this machine from
#: being sent instead.
NO_TOKEN = "none-given"  # noqa: S105 - this is the absence of a token

#: What a header's name is made of (RFC 9110, section 5.6.2), and a variable's in every shell.
_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_VARIABLE_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")

#: Headers that the HTTP library writes, and that say what the request is.
_OF_THE_LIBRARY = frozenset({"host", "content-length", "content-type", "transfer-encoding", "connection"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """What a request says of who asks.

    Attributes:
        key_variable: the environment variable whose value goes out as a bearer token; None where none does.
        is_named: True where the user named it, so that it must be set.
        headers: further headers in lower case, each with the environment variable that holds its value.
    """

    key_variable: str | None = None
    is_named: bool = False
    headers: tuple[tuple[str, str], ...] = ()

    def __post_init__(self) -> None:
        for variable in self.variables:
            keep_secret(variable)

    @property
    def variables(self) -> tuple[str, ...]:
        """The environment variables whose values go out."""
        key = () if self.key_variable is None else (self.key_variable,)
        return (*key, *(variable for _, variable in self.headers))

    def check(self) -> None:
        """Raises BackendUnavailable where a variable that the user named is unset, or cannot be sent."""
        needed = self.variables if self.is_named else tuple(variable for _, variable in self.headers)
        for variable in needed:
            if value_of(variable) is None:
                raise BackendUnavailable(f"The environment variable {variable} is not set: export it first.")
        self.key()
        self.further_headers()

    def key(self) -> str | None:
        """Returns the bearer token, or None where there is none."""
        return _sendable(self.key_variable)

    def further_headers(self) -> dict[str, str]:
        """Returns the further headers, by name."""
        values = ((name, _sendable(variable)) for name, variable in self.headers)
        return {name: value for name, value in values if value is not None}


#: A request says nothing of who asks.
NOBODY = Access()


def access_to(base_url: str | None, key_variable: str | None, headers: tuple[tuple[str, str], ...] = ()) -> Access:
    """Returns how an endpoint is asked: Hugging Face gets Hugging Face's key, and a server of its own never does.

    Args:
        base_url: of the server; None for Inference Providers.
        key_variable: the environment variable that the user named for the key; None for the usual one.
        headers: as in `Access`.
    """
    usual = HUGGING_FACE_KEY if base_url is None else SERVER_KEY
    return Access(key_variable=key_variable or usual, is_named=key_variable is not None, headers=headers)


def read_variable(name: str) -> str:
    """Returns the name of an environment variable.

    Raises:
        ValueError: it is none; it may well be the credential itself, which no message may repeat.
    """
    if not _VARIABLE_NAME.fullmatch(name):
        raise ValueError("names no environment variable: give the name of the variable, and never the key itself.")
    return name


def read_headers(given: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """Returns headers in lower case, each with the name of the environment variable that holds its value.

    Args:
        given: the same as the user wrote it.

    Raises:
        ValueError: one is no header, is the HTTP library's own or stands twice, or a variable's name is none.
    """
    read: dict[str, str] = {}
    for name, variable in given:
        if not _HEADER_NAME.fullmatch(name) or not variable:
            raise ValueError("must be NAME=VARIABLE: a header, and the environment variable that holds its value.")
        if name.lower() in _OF_THE_LIBRARY or name.lower() in read:
            why = "twice" if name.lower() in read else "which says what the request is and is nobody's to choose"
            raise ValueError(f"sets {name}, {why}: leave it out.")
        read[name.lower()] = read_variable(variable)
    return tuple(sorted(read.items()))


def basic_authorization(address: str) -> str | None:
    """Returns the header that the user information of an address stands for; None where it has none. RFC 7617."""
    information, at, _ = urlsplit(address).netloc.rpartition("@")
    if not at:
        return None
    user, _, password = information.partition(":")
    return "Basic " + base64.b64encode(f"{unquote(user)}:{unquote(password)}".encode()).decode()


def _sendable(variable: str | None) -> str | None:
    """Returns the value of a variable.

    Raises:
        BackendUnavailable: it cannot stand in a header.
    """
    value = value_of(variable)
    if value is not None and not (value.isascii() and value.isprintable()):
        raise BackendUnavailable(
            f"The value of the environment variable {variable} cannot stand in a header, since it holds a line break "
            "or a character that is not ASCII: set it again."
        )
    return value
