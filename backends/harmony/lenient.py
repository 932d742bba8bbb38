"""Lenient parsing: every text gives messages, and no character of content is lost.

The contract. Nothing is raised, whatever the text. Every character that is neither a special token nor a word that a
header understands (nor the white space around such words) ends up in a message or in a leftover, once and in order.
A text that strict parsing accepts and in which lenient parsing finds no problem, or only the text's end in content,
gives the same messages in both modes. Every mark is passed once, so time is linear.

The walk has strict parsing's three states, and a way on where strict parsing has none: a stop token or the end of the
text closes a header too, a plausible header opens inside content, and whatever stands between messages is kept.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final, TypeAlias

from backends.harmony.header import WHITE_SPACE, split_words
from backends.harmony.lenient_header import LenientHeader, is_header_word, read_closed, read_open
from backends.harmony.message import CHANNELS, Ending, Header, Message, Role, make_message
from backends.harmony.problem import Leftover, Parsed, Problem, ProblemKind
from backends.harmony.stripped_tokens import split_stripped
from backends.harmony.tokens import CHANNEL, MESSAGE, MESSAGE_ENDS, PADDING_TOKENS, START, Markup, scan_markup

# The end of the text is a mark without a token, as `Ending.TRUNCATED` is an ending without one.
_EOS: Final = Ending.TRUNCATED.value
_ENDINGS: Final = {ending.value: ending for ending in Ending}
_PADDING: Final = dict.fromkeys(PADDING_TOKENS, ProblemKind.PADDING)
_BLANK_HEADER: Final = {START: ProblemKind.REPEATED_START, **_PADDING}
_AFTER_STOP: Final = {**dict.fromkeys(MESSAGE_ENDS, ProblemKind.REPEATED_STOP), **_PADDING}

_INK: Final = re.compile(f"[^{WHITE_SPACE}]")
_NAMES: Final = "|".join(CHANNELS)
_ROLES: Final = "|".join(role.value for role in Role)
# What must follow `<|start|>` or `<|channel|>` inside content to make it a new header rather than quoted markup.
_HEADER_AHEAD: Final = {
    START: re.compile(rf"\s*(?:(?:{_ROLES})(?:\s*(?:<\||to=|\Z)|(?:{_NAMES}))|functions\.|<\|channel\|>)"),
    CHANNEL: re.compile(rf"(?:{_NAMES})(?:\s|<\||\Z)|[^\s<]{{1,64}}<\|message\|>"),
}
_ROLE_AHEAD: Final = re.compile(rf"\s*(?:{_ROLES})(?![^\s<])")

_State: TypeAlias = Callable[[], "_State | None"]


def parse_lenient(text: str, role: Role | None) -> Parsed:
    """Parses any text whatsoever.

    Args:
        text: A completion, or a server's content field.
        role: The role that the prompt gave; None for a text that should start with `<|start|>`.
    """
    return _Walk(text, role).parsed()


class _Walk:
    """One walk over the special tokens ("marks") of one text.

    Each state is a method that takes marks until it ends and gives the state that follows; `self._at` is where the
    text not yet taken begins.
    """

    def __init__(self, text: str, role: Role | None) -> None:
        self._text = text
        self._role = role
        self._at = 0
        self._open_message = Header(role=Role.ASSISTANT)
        self._messages: list[Message] = []
        self._problems: list[Problem] = []
        self._leftover: list[Leftover] = []
        self._run: tuple[ProblemKind, int] | None = None
        self._end = self._before_padding()
        self._marks = scan_markup(text, self._end)
        self._pass()
        self._plain = self._mark.text == _EOS and self._end == len(text)
        state: _State | None = self._beginning if role is None else self._header
        while state is not None:
            state = state()

    def parsed(self) -> Parsed:
        """Gives what the walk found."""
        return Parsed(
            messages=tuple(self._messages),
            problems=tuple(sorted(self._problems, key=lambda problem: problem.position)),
            leftover=tuple(sorted(self._leftover, key=lambda piece: piece.position)),
        )

    def _before_padding(self) -> int:
        """Index of the end of the text without its trailing padding."""
        end = len(self._text)
        while self._text.endswith(PADDING_TOKENS, 0, end):
            end = self._text.rindex("<", 0, end)
        if end < len(self._text):
            self._problem(ProblemKind.PADDING, end)
        return end

    def _pass(self) -> None:
        """Passes a mark; after the last token comes the end of the text, a mark without a token."""
        self._mark = next(self._marks, Markup(_EOS, self._end))

    # The states.

    def _beginning(self) -> _State:
        """A text without a known role should start with `<|start|>`; else the assistant speaks."""
        if any(self._text.find(token, 0, self._end) >= 0 for token in (START, CHANNEL, MESSAGE)):
            return self._between
        self._role = Role.ASSISTANT
        if not self._plain:
            self._problem(ProblemKind.MISSING_START, 0)
        return self._header

    def _between(self) -> _State | None:
        """Between messages only `<|start|>` is welcome."""
        while True:
            mark = self._mark
            if mark.text in {CHANNEL, MESSAGE}:
                self._problem(ProblemKind.MISSING_START, self._at)
                self._role = None if _ROLE_AHEAD.match(self._text, self._at, mark.position) else Role.ASSISTANT
                return self._header
            self._pass()
            if mark.text == START:
                self._stray(mark, ProblemKind.STRAY_TEXT)
                self._role = None
                return self._header
            if mark.text == _EOS:
                self._stray(mark, ProblemKind.TRAILING_TEXT)
                return None
            if mark.text in _AFTER_STOP:
                self._stray(mark, ProblemKind.STRAY_TEXT)
                self._problem_of_run(_AFTER_STOP[mark.text], mark)

    def _header(self) -> _State | None:
        """Inside a header, up to `<|message|>` or whatever else ends it."""
        channel: Markup | None = None
        ink = self._ink()
        while True:
            mark = self._mark
            blank = ink >= mark.position
            if mark.text == MESSAGE:
                return self._close_header(mark)
            if mark.text in _ENDINGS or (mark.text == START and not blank):
                return self._abandon_header(mark, channel)
            if mark.text == CHANNEL:
                if channel is not None and self._has_text(channel.end, mark.position):
                    return self._abandon_header(mark, channel)
                channel = mark
            self._pass()
            if blank and mark.text in _BLANK_HEADER:
                self._restart_header(mark)
                ink = self._ink()

    def _content(self) -> _State | None:
        """Inside content, up to a stop token, the end of the text or a plausible header."""
        kept = False
        while True:
            mark = self._mark
            ahead = _HEADER_AHEAD.get(mark.text)
            if mark.text in _ENDINGS or (ahead and ahead.match(self._text, mark.end, self._end)):
                return self._end_message(mark)
            self._pass()
            if not kept:
                self._problem(ProblemKind.MARKUP_IN_CONTENT, mark.position)
            kept = True

    # What happens where a state ends.

    def _restart_header(self, mark: Markup) -> None:
        """A header in which nothing has been written yet begins again after a mark that does not belong there."""
        self._problem_of_run(_BLANK_HEADER[mark.text], mark)
        if mark.text == START:
            self._role = None
        self._at = mark.end

    def _close_header(self, mark: Markup) -> _State:
        lenient = read_closed(self._text, self._at, mark.position, self._role)
        self._note(lenient)
        self._open_message = lenient.header()
        self._pass()
        self._at = mark.end
        return self._content

    def _end_message(self, mark: Markup) -> _State | None:
        self._emit(self._open_message, self._at, mark)
        if mark.text == _EOS:
            self._problem(ProblemKind.TRUNCATED_CONTENT, mark.position)
        elif mark.text not in _ENDINGS:
            self._problem(ProblemKind.MISSING_END, mark.position)
        return self._go_on(mark)

    def _abandon_header(self, mark: Markup, channel: Markup | None) -> _State | None:
        """A header that ends without `<|message|>`: what is not header in it is content."""
        if channel is None and self._role is not None:
            self._take_unmarked(mark)
        else:
            self._problem(ProblemKind.TRUNCATED_HEADER, self._at)
            self._take_open_header(mark)
        return self._go_on(mark)

    def _go_on(self, mark: Markup) -> _State | None:
        """Chooses the state after a message or an abandoned header, by the mark that ended it."""
        if mark.text == _EOS:
            return None
        self._at = mark.position
        if mark.text == START:
            return self._between
        if mark.text == CHANNEL:
            self._problem(ProblemKind.MISSING_START, mark.position)
            self._role = Role.ASSISTANT
            return self._header
        self._pass()
        self._at = mark.end
        return self._between

    def _take_unmarked(self, mark: Markup) -> None:
        """Takes a first header that has no `<|channel|>` and no `<|message|>`."""
        stripped = split_stripped(self._text, self._at, mark.position)
        if stripped:
            self._problem(ProblemKind.GLUED_CHANNELS, self._at)
            for part in stripped:
                header = Header(
                    role=Role.ASSISTANT,
                    channel=part.channel,
                    recipient=part.recipient,
                    content_type=part.content_type,
                )
                last = part is stripped[-1]
                self._emit(header, part.start, mark if last else Markup(_EOS, part.stop))
        elif self._plain and self._text:
            self._problem(ProblemKind.NO_MARKUP, 0)
            self._emit(Header(role=self._role or Role.ASSISTANT), 0, mark)
        elif mark.text == START:
            self._stray(mark, ProblemKind.STRAY_TEXT)
        else:
            self._problem(ProblemKind.TRUNCATED_HEADER, self._at)
            self._take_open_header(mark)

    def _take_open_header(self, mark: Markup) -> None:
        lenient = read_open(self._text, self._at, mark.position, self._role)
        written = self._text[self._at : mark.position]
        if lenient.content is not None:
            self._emit(lenient.header(), lenient.content, mark)
        elif lenient.channel is not None and mark.text in MESSAGE_ENDS:
            self._emit(lenient.header(), mark.position, mark)
        elif lenient.name or lenient.recipient or lenient.content_type:
            lenient.leftover = [(self._at, mark.position)] if written else []
        self._note(lenient)

    # What is written down.

    def _ink(self) -> int:
        """Index of the first character from here on that is not white space."""
        found = _INK.search(self._text, self._at)
        return found.start() if found else len(self._text)

    def _has_text(self, start: int, stop: int) -> bool:
        """Tells whether more than a name and words of a header stand between two `<|channel|>`."""
        written = self._text[start:stop]
        named = written[:1].strip(WHITE_SPACE) != ""
        return not all(is_header_word(word) for word in split_words(written)[named:])

    def _problem(self, kind: ProblemKind, position: int) -> None:
        self._problems.append(Problem(kind, position))

    def _problem_of_run(self, kind: ProblemKind, mark: Markup) -> None:
        """Names a run of marks once, however long it is."""
        if self._run != (kind, mark.position):
            self._problem(kind, mark.position)
        self._run = kind, mark.end

    def _stray(self, mark: Markup, kind: ProblemKind) -> None:
        """Keeps the text up to a mark as a leftover, and passes the mark."""
        if self._at < mark.position:
            self._problem(kind, self._at)
            self._leftover.append(Leftover(self._text[self._at : mark.position], self._at))
        self._at = mark.end

    def _note(self, lenient: LenientHeader) -> None:
        self._problems.extend(Problem(kind, position) for kind, position in lenient.problems)
        self._leftover.extend(Leftover(self._text[start:stop], start) for start, stop in lenient.leftover)

    def _emit(self, header: Header, start: int, mark: Markup) -> None:
        ending = _ENDINGS.get(mark.text, Ending.TRUNCATED)
        self._messages.append(make_message(header, self._text[start : mark.position], ending))
