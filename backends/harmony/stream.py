"""Strict parsing of text that arrives in chunks.

The contract. Text goes in by `feed`, events come out as soon as they are certain, `end` says that no more will come.
Nothing is read or written elsewhere, and no event is kept: what is held back is the unfinished header, or the few
characters that may turn out to be the beginning of a token. How a text is cut into chunks changes neither messages nor
error, only the lengths of the deltas. There is no lenient stream: recovery needs hindsight, since the end of a text
may decide what its beginning was.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NoReturn

from backends.harmony.errors import ErrorKind, HarmonyError, State
from backends.harmony.events import ContentDelta, Event, MessageEnded, MessageStarted
from backends.harmony.header import read_header
from backends.harmony.message import Ending, Header, Message, Role, make_message
from backends.harmony.tokens import MESSAGE, MESSAGE_ENDS, START, STOP_PATTERN
from backends.harmony.transitions import Token, follow

if TYPE_CHECKING:
    from collections.abc import Iterable

HEADER_LIMIT: Final = 1 << 20
"""Characters of one header that a stream holds unless told otherwise: a thousand times more than any real header."""

_ENDED: Final = {ending.value: MessageEnded(ending) for ending in Ending}
# What an unfinished token looks like: everything that a token begins with, short of the whole.
_UNFINISHED_MESSAGE: Final = frozenset(MESSAGE[:size] for size in range(1, len(MESSAGE)))
_UNFINISHED_STOP: Final = frozenset(token[:size] for token in MESSAGE_ENDS for size in range(1, len(token)))
_LONGEST: Final = max(map(len, _UNFINISHED_MESSAGE | _UNFINISHED_STOP))

# Names of their own, and the slots' own setters, for what happens once per chunk or more often: looking members up
# and a frozen dataclass's constructor cost more than the work itself.
_DONE, _CONTENT, _HEADER, _EXPECT_START = State.DONE, State.CONTENT, State.HEADER, State.EXPECT_START
_new = object.__new__
_set_text = ContentDelta.__dict__["text"].__set__
_set_header = MessageStarted.__dict__["header"].__set__


class HarmonyStream:
    """Parses Harmony text chunk by chunk, as `parse(..., strict=True)` parses it whole.

    Args:
        role: The role that the prompt ended with; None for a text that starts with `<|start|>`.
        header_limit: Characters that a header may have; None for no limit, and then no bound on memory.
    """

    __slots__ = ("_failure", "_flowing", "_header", "_header_start", "_held", "_limit", "_role", "_seen", "_state")

    def __init__(self, role: Role | None = Role.ASSISTANT, *, header_limit: int | None = HEADER_LIMIT) -> None:
        self._role = role
        self._limit = header_limit
        self._state = _EXPECT_START if role is None else _HEADER
        self._held = ""
        self._flowing = False
        self._seen = 0
        self._header: list[str] = []
        self._header_start = 0
        self._failure: HarmonyError | None = None

    @property
    def state(self) -> State:
        """Where in the grammar the stream stands."""
        return self._state

    def feed(self, chunk: str) -> list[Event]:
        """Takes the next chunk.

        Args:
            chunk: Text of any length, cut anywhere.

        Returns:
            The events that have become certain.

        Raises:
            HarmonyError: The text is not Harmony, whatever may follow; also on every later call.
            RuntimeError: `end` was called before.
        """
        # The common case, apart because it is a hundred times more frequent than all others: content without markup,
        # and without a last character that could begin some.
        self._seen += len(chunk)
        if self._flowing and ("<" not in chunk or ("<|" not in chunk and chunk[-1] != "<")):
            delta = _new(ContentDelta)
            _set_text(delta, chunk)
            return [delta] if chunk else []
        if self._failure is not None or self._state is _DONE:
            self._refuse()
        text, self._held = self._held + chunk, ""
        events: list[Event] = []
        try:
            self._read(text, events)
        except HarmonyError as error:
            self._fail(error)
        self._flowing = self._state is _CONTENT and not self._held
        return events

    def end(self) -> list[Event]:
        """Says that no more text will come.

        Returns:
            The last events.

        Raises:
            HarmonyError: The text ends in a header, or in the middle of a `<|start|>`.
            RuntimeError: `end` was called before.
        """
        if self._failure is not None or self._state is _DONE:
            self._refuse()
        held, state = self._held, self._state
        broken = bool(held) and state is _EXPECT_START
        try:
            self._state = follow(state, Token.TEXT if broken else Token.EOS, self._seen - len(held) * broken)
        except HarmonyError as error:
            self._fail(error)
        self._flowing = False
        if state is _EXPECT_START:
            return []
        ended = _ENDED[Ending.TRUNCATED.value]
        return [ContentDelta(held), ended] if held else [ended]

    def _refuse(self) -> NoReturn:
        if self._failure is not None:
            raise self._failure
        raise RuntimeError("the stream has ended: make a new HarmonyStream for another text")

    def _fail(self, error: HarmonyError) -> NoReturn:
        self._failure = error
        self._header.clear()
        raise error

    def _read(self, text: str, events: list[Event]) -> None:
        """Takes a text token by token, each state by its own method."""
        position, size = 0, len(text)
        while position < size:
            state = self._state
            if state is _CONTENT:
                position = self._read_content(text, position, events)
            elif state is _HEADER:
                position = self._read_header(text, position, events)
            else:
                position = self._read_start(text, position)

    def _read_start(self, text: str, position: int) -> int:
        origin = self._seen - len(text)
        if text.startswith(START, position):
            end = position + len(START)
            self._state = follow(_EXPECT_START, Token.START, origin + position)
            self._header_start = origin + end
            return end
        if not START.startswith(text[position:]):
            follow(_EXPECT_START, Token.TEXT, origin + position)
        self._held = text[position:]
        return len(text)

    def _read_header(self, text: str, position: int, events: list[Event]) -> int:
        found = text.find(MESSAGE, position)
        stop = self._hold(text, position, _UNFINISHED_MESSAGE) if found < 0 else found
        self._header.append(text[position:stop])
        if self._limit is not None and self._seen - len(text) + stop - self._header_start > self._limit:
            raise HarmonyError(ErrorKind.HEADER_TOO_LONG, _HEADER, self._header_start)
        if found < 0:
            return len(text)
        header = read_header("".join(self._header), self._role)
        if isinstance(header, ErrorKind):
            raise HarmonyError(header, _HEADER, self._header_start)
        self._header.clear()
        self._role = None
        self._state = follow(_HEADER, Token.MESSAGE, found)
        started = _new(MessageStarted)
        _set_header(started, header)
        events.append(started)
        return found + len(MESSAGE)

    def _read_content(self, text: str, position: int, events: list[Event]) -> int:
        found = STOP_PATTERN.search(text, position)
        stop = found.start() if found else self._hold(text, position, _UNFINISHED_STOP)
        if stop > position:
            delta = _new(ContentDelta)
            _set_text(delta, text[position:stop])
            events.append(delta)
        if found is None:
            return len(text)
        self._state = follow(_CONTENT, Token.STOP, stop)
        events.append(_ENDED[found[0]])
        return found.end()

    def _hold(self, text: str, position: int, unfinished: frozenset[str]) -> int:
        """Holds back an end that may become a token; gives where it begins."""
        # A token has one "<", its first character, so only the last "<" can begin an unfinished one.
        start = text.rfind("<", max(position, len(text) - _LONGEST))
        if start < 0 or text[start:] not in unfinished:
            return len(text)
        self._held = text[start:]
        return start


def gather(events: Iterable[Event]) -> tuple[Message, ...]:
    """Puts the events of a stream together to messages; a message that has not ended counts as truncated."""
    messages: list[Message] = []
    header: Header | None = None
    parts: list[str] = []
    for event in events:
        if isinstance(event, ContentDelta):
            parts.append(event.text)
        elif isinstance(event, MessageStarted):
            header = event.header
        elif header is not None:
            messages.append(make_message(header, "".join(parts), event.ending))
            header = None
            parts.clear()
    if header is not None:
        messages.append(make_message(header, "".join(parts), Ending.TRUNCATED))
    return tuple(messages)
