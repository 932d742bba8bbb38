"""A text for a page hides nothing and turns nothing about."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.page.shown import shortened, shown

#: Controls and formats that stay: line breaks, tabs, and the joiners within words and emoji.
STAY = {"\n", "\t", "\u200c", "\u200d"}


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("a\x00b\x1b[31m\r\n", "a\u2400b\u241b[31m\u240d\n"),
        ("\x7f\x85", "\u2421\u27e6U+0085\u27e7"),
        ("a\u202egnp", "a\u27e6U+202E\u27e7gnp"),
        ("\ud800", "\u27e6U+D800\u27e7"),
        ("\u2028\ufeff\u200b", "\u27e6U+2028\u27e7\u27e6U+FEFF\u27e7\u27e6U+200B\u27e7"),
        ("\U000e0041", "\u27e6U+E0041\u27e7"),
        (
            "\U0001f469\u200d\U0001f467 \u0645\u0631\u062d\u0628\u0627\tb",
            "\U0001f469\u200d\U0001f467 \u0645\u0631\u062d\u0628\u0627\tb",
        ),
    ],
)
def test_hidden_characters_are_written_out(text: str, seen: str) -> None:
    assert shown(text) == seen


@given(st.text(alphabet=st.characters(categories=("Cc", "Cs", "Zl", "Zp", "Lu")), max_size=20))
def test_no_control_is_left(text: str) -> None:
    assert not {unicodedata.category(one) for one in shown(text) if one not in STAY} & {"Cc", "Cs", "Zl", "Zp"}


def test_credentials_are_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "open-sesame-42")

    assert shown("You sent open-sesame-42.") == "You sent [redacted]."


def test_long_text_says_how_long_it_is() -> None:
    assert shortened("abc", 3) == "abc"
    assert shortened("abcd", 3) == "abc\n[cut here: 4 characters in all]"
