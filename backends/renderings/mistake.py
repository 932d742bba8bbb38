"""The mistakes that servers are known to make when they render a prompt, by id."""

from __future__ import annotations

from enum import StrEnum


class Mistake(StrEnum):
    """What a server does to a prompt that it does not render as it should."""

    DEVELOPER_DROPPED = "developer-dropped"
    POLICY_IN_USERS_TURN = "policy-in-users-turn"
    POLICY_AS_USERS_TURN = "policy-as-users-turn"
    POLICY_BEFORE_IDENTITY = "policy-before-identity"
    POLICY_AFTER_IDENTITY = "policy-after-identity"
    POLICY_INSTEAD_OF_IDENTITY = "policy-instead-of-identity"
    POLICY_AT_SYSTEMS_END = "policy-at-systems-end"
    POLICY_AS_SYSTEM_MESSAGE = "policy-as-system-message"
    EARLIER_TURNS_DROPPED = "earlier-turns-dropped"
    TOOLS_DROPPED = "tools-dropped"
    EFFORT_LOW = "effort-low"
    EFFORT_MEDIUM = "effort-medium"
    EFFORT_HIGH = "effort-high"
    EFFORT_LINE_MISSING = "effort-line-missing"
    CHANNELS_LINE_MISSING = "channels-line-missing"
    SYSTEM_MESSAGE_MISSING = "system-message-missing"
    FIRST_START_DOUBLED = "first-start-doubled"
    ASSISTANTS_START_MISSING = "assistants-start-missing"
    EARLIER_REASONING_KEPT = "earlier-reasoning-kept"
    PLAIN_TEXT = "plain-text"
    PLAIN_TEXT_WITH_ROLES = "plain-text-with-roles"

    @property
    def sentence(self) -> str:
        """What is wrong, as the rest of a sentence that begins 'a prompt in which'."""
        return _SENTENCES[self]


_SENTENCES: dict[Mistake, str] = {
    Mistake.DEVELOPER_DROPPED: "the developer message (the policy) is dropped",
    Mistake.POLICY_IN_USERS_TURN: "the policy is moved into the user's turn",
    Mistake.POLICY_AS_USERS_TURN: "the policy becomes a user's turn of its own",
    Mistake.POLICY_BEFORE_IDENTITY: "the policy stands in the system message, before the identity line",
    Mistake.POLICY_AFTER_IDENTITY: "the policy stands in the system message, after the identity line",
    Mistake.POLICY_INSTEAD_OF_IDENTITY: "the policy stands in the system message, in place of the identity line",
    Mistake.POLICY_AT_SYSTEMS_END: "the policy stands at the end of the system message",
    Mistake.POLICY_AS_SYSTEM_MESSAGE: "the policy becomes a system message of its own",
    Mistake.EARLIER_TURNS_DROPPED: "earlier turns are dropped",
    Mistake.TOOLS_DROPPED: "the offered tools are dropped",
    Mistake.EFFORT_LOW: "the reasoning effort is low",
    Mistake.EFFORT_MEDIUM: "the reasoning effort is medium",
    Mistake.EFFORT_HIGH: "the reasoning effort is high",
    Mistake.EFFORT_LINE_MISSING: "the effort line is missing",
    Mistake.CHANNELS_LINE_MISSING: "the line of valid channels is missing",
    Mistake.SYSTEM_MESSAGE_MISSING: "the system message is missing",
    Mistake.FIRST_START_DOUBLED: "the first start token is doubled",
    Mistake.ASSISTANTS_START_MISSING: "the start of the assistant's turn is missing",
    Mistake.EARLIER_REASONING_KEPT: "the reasoning of earlier turns is kept",
    Mistake.PLAIN_TEXT: "the messages are joined as plain text, without Harmony",
    Mistake.PLAIN_TEXT_WITH_ROLES: "the messages are joined as plain text with their roles, without Harmony",
}
if set(_SENTENCES) != set(Mistake) or len(set(_SENTENCES.values())) != len(Mistake):
    raise ImportError("every mistake needs a sentence of its own")
