"""A rendered conversation whose texts are taken out, so that its structure can be edited without touching them.

A user may write anything, a date line or an end token included. So the template renders placeholders, the
structure around them is edited, and the texts come back last.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from backends.harmony import SPECIAL_TOKENS

if TYPE_CHECKING:
    from collections.abc import Callable

    from backends.prompt import Prompt

_PLACEHOLDER = re.compile(r"zq\d{4}qz")
_SPECIAL = re.compile("(" + "|".join(map(re.escape, SPECIAL_TOKENS)) + ")")


@dataclass(frozen=True, slots=True)
class Template:
    """A rendered conversation, in two parts.

    Attributes:
        structure: the rendered text with a placeholder for each text.
        texts: the texts by placeholder.
    """

    structure: str
    texts: dict[str, str]

    def edited(self, edit: Callable[[str], str]) -> Template:
        """Returns the same texts in another structure."""
        return replace(self, structure=edit(self.structure))

    @property
    def text(self) -> str:
        """The whole, texts put back."""
        return self._filled(self.structure)

    @property
    def ways_to_read(self) -> tuple[bool, ...]:
        """The values of `literal_tokens_as_text` that make a difference: both where a text spells a special token."""
        return (False, True) if any(_SPECIAL.search(text) for text in self.texts.values()) else (False,)

    def token_ids(self, tokenizer: Any, *, literal_tokens_as_text: bool) -> tuple[int, ...]:  # noqa: ANN401 - not typed
        """Returns the tokens of the whole.

        Args:
            tokenizer: of transformers.
            literal_tokens_as_text: True where a special token that stands in a text is spelled out, as the reference
                library does it; False where it becomes the token itself, as in a template that renders to text.
        """
        if not literal_tokens_as_text:
            return tuple(tokenizer.encode(self.text, add_special_tokens=False))
        ids: list[int] = []
        for part in _SPECIAL.split(self.structure):
            if _SPECIAL.fullmatch(part):
                ids.append(tokenizer.convert_tokens_to_ids(part))
            elif part:
                ids += tokenizer.encode(self._filled(part), add_special_tokens=False, split_special_tokens=True)
        return tuple(ids)

    def _filled(self, structure: str) -> str:
        return _PLACEHOLDER.sub(lambda found: self.texts.get(found[0], found[0]), structure)


def make_template(tokenizer: Any, prompt: Prompt, *, generation: bool = True) -> Template:  # noqa: ANN401 - not typed
    """Returns the conversation as the tokenizer's chat template renders it, its texts apart."""
    messages, texts = with_placeholders(prompt)
    structure = tokenizer.apply_chat_template(
        messages,
        tools=None if prompt.tools is None else json.loads(prompt.tools),
        reasoning_effort=prompt.reasoning_effort,
        add_generation_prompt=generation,
        tokenize=False,
    )
    return fitted(structure, texts)


def with_placeholders(prompt: Prompt) -> tuple[list[dict[str, Any]], dict[str, str]]:
    """Returns the messages with a placeholder in the place of each text, and the texts by placeholder."""
    messages, texts = prompt.chat_messages(), {}
    for position, message in enumerate(messages):
        for field in ("content", "thinking"):
            # Empty instructions have no message at all, an empty result has one.
            if message.get(field) or (message["role"] == "tool" and message.get(field) is not None):
                name = f"zq{2 * position + (field == 'thinking'):04}qz"
                texts[name], message[field] = message[field], name
        for call in message.get("tool_calls", ()):
            function = call.get("function", call)
            # The protocol gives arguments as JSON text, templates take them as data.
            if isinstance(function["arguments"], str):
                function["arguments"] = json.loads(function["arguments"])
    return messages, texts


def fitted(structure: str, texts: dict[str, str]) -> Template:
    """Returns the template, its texts escaped where the structure puts them into a JSON string."""
    for name, text in texts.items():
        # A template writes a tool's result as a JSON string: the quotes are structure, the escapes are the text's.
        if f'"{name}"' in structure:
            texts[name] = json.dumps(text, ensure_ascii=False)[1:-1]
    return Template(structure, texts)


def verbatim_results(template: Template) -> Template:
    """Returns the conversation with tool results as they are, instead of as JSON strings."""
    quoted = [name for name in template.texts if f'"{name}"' in template.structure]
    texts = template.texts | {name: json.loads(f'"{template.texts[name]}"') for name in quoted}
    structure = template.structure
    for name in quoted:
        structure = structure.replace(f'"{name}"', name)
    return Template(structure, texts)
