"""The one place where text is cleared of credentials before it is written down.

Credentials come from the environment, and from the address of a server where it holds some. Whatever goes into a file,
a log, a report or an error message passes `redact`, which finds them in whatever dress a server repeats them.
"""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, unquote, urlsplit

from backends.dresses import dresses_of

if TYPE_CHECKING:
    from collections.abc import Iterator

#: The variable whose value Hugging Face is sent, and nobody else.
HUGGING_FACE_KEY = "HF_TOKEN"

#: The variable whose value a server with an address of its own is sent, unless another is named.
SERVER_KEY = "OPENAI_API_KEY"

#: Environment variables that hold credentials which this suite or its libraries may send.
SECRET_VARIABLES = (HUGGING_FACE_KEY, "HUGGING_FACE_HUB_TOKEN", "HUGGINGFACEHUB_API_TOKEN", SERVER_KEY)

#: Environment variables that hold addresses of proxies, credentials included.
_PROXY_VARIABLES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")

#: Shapes of tokens that must not be written down even where they did not come from our environment. English words
#: after "bearer" are shorter.
_TOKEN_SHAPES = re.compile(r"\bhf_[A-Za-z0-9]{20,}|\bsk-[A-Za-z0-9_-]{20,}|(?<=[Bb]earer )[A-Za-z0-9._~+/=-]{16,}")

_MARK = "[redacted]"

#: Shorter values are not credentials, and replacing them would garble ordinary text: a word or a number may be that of
#: any text until it is longer than what holds several kinds of characters.
_SHORTEST_SECRET, _SHORTEST_MIXED = 8, 4

#: What an address says in its query that is no credential.
_PUBLIC_PARAMETERS = frozenset({"api-version", "api_version", "version"})

#: What was learnt in this process: names of variables, and credentials that stand in no variable.
_variables: set[str] = set()
_values: set[str] = set()


def value_of(variable: str | None) -> str | None:
    """Returns the credential in an environment variable; None where it is unset or blank, or none is named."""
    return os.environ.get(variable or "", "").strip() or None


def access_token() -> str | None:
    """Returns the value of `HF_TOKEN`, or None where it is unset or blank."""
    return value_of(HUGGING_FACE_KEY)


def keep_secret(variable: str) -> None:
    """Makes the value of an environment variable a credential, for the rest of the process."""
    _variables.add(variable)


def keep_address_secret(address: str) -> None:
    """Makes what an address holds of credentials secret, for the rest of the process: user information and query."""
    _values.update(_in_address(address))


def keep_value_secret(value: str) -> None:
    """Makes a credential that stands in no variable secret, for the rest of the process."""
    _values.add(value)


def secret_variables() -> frozenset[str]:
    """Returns the names of all environment variables that hold credentials."""
    return frozenset(SECRET_VARIABLES) | _variables


def without_credentials(address: str) -> str:
    """Returns an address without user information, and without the values in its query that may be credentials.

    Raises:
        ValueError: it is no address.
    """
    parts = urlsplit(address)
    told = (_public(parameter) for parameter in parts.query.split("&")) if parts.query else ()
    bare = parts._replace(netloc=parts.netloc.rpartition("@")[2], query="&".join(told), fragment="")
    return redact(bare.geturl())


def redact(text: str) -> str:
    """Returns `text` with all known credentials, and all that is shaped like one, made `[redacted]`."""
    return _TOKEN_SHAPES.sub(_MARK, without_secrets(text))


def without_secrets(text: str) -> str:
    """Returns `text` with all known credentials made `[redacted]`, in whatever dress, and nothing else touched.

    For a model's own words, in which whatever is merely shaped like a credential belongs to the answer.
    """
    for secret in sorted(_known(), key=len, reverse=True):
        text = dresses_of(secret).replaced(text, _MARK)
    return text


def _known() -> set[str]:
    """Returns all credentials that are long enough to be told from ordinary text."""
    known = {value for name in secret_variables() if (value := value_of(name))}
    proxies = (os.environ.get(case) for name in _PROXY_VARIABLES for case in (name, name.lower()))
    known |= _values | {secret for address in proxies if address for secret in _in_address(address)}
    # "Basic" and a credential is what a header may hold: the credential alone is repeated too.
    known |= {part for value in known if " " in value for part in value.split()}
    return {value for value in known if _is_telling(value)}


def _is_telling(value: str) -> bool:
    plain = value.isalpha() or value.isdigit()
    return len(value) >= (_SHORTEST_SECRET if plain else _SHORTEST_MIXED)


def _in_address(address: str) -> Iterator[str]:
    """Yields the credentials in an address, as they stand there and as they are meant."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return
    information = parts.netloc.rpartition("@")[0]
    if information:
        user, _, password = information.partition(":")
        for found in (information, user, password):
            yield from (found, unquote(found))
    for name, value in parse_qsl(parts.query):
        if name.lower() not in _PUBLIC_PARAMETERS:
            yield value
    for parameter in parts.query.split("&"):
        if parameter.partition("=")[0].lower() not in _PUBLIC_PARAMETERS:
            yield parameter.partition("=")[2]


def _public(parameter: str) -> str:
    name, equals, _ = parameter.partition("=")
    if name.lower() in _PUBLIC_PARAMETERS:
        return parameter
    return f"{name}={_MARK}" if equals else _MARK
