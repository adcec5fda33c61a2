"""What an administrator is told of problems, in words: each sentence has a stable code and what stands in it,
so that the console says it in the reader's language (`problems.json` of the web app). The English is here.
"""

from __future__ import annotations

from collections.abc import Mapping

from switchroom.calls.trunk_words import Said
from switchroom.calls.values import Problem

ENGLISH: Mapping[str, str] = {
    "wrong-secrets": "{source} sent too many wrong secrets and is refused for a while.",
    "wrong-secrets-of": "Too many wrong secrets for {account} from {source}: refused from there for a while.",
    "unknown-host": "{source} asked for the unknown host {host}.",
    "dropped": "A message from {source} was dropped: {reason}.",
    "wrong-codes": "{who} entered too many wrong access codes for conference {conference}.",
    "wrong-codes-of": "Conference {conference} takes no access codes for a while: too many wrong ones.",
    "wrong-code-of-guest": "A guest from {source} entered a wrong access code for conference {conference}.",
    "wrong-ids": "{who} entered too many wrong conference IDs.",
    "wrong-ids-from-outside": "The conference server takes no IDs from outside for a while: too many wrong "
    "ones.",
    "wrong-pins": "{who} entered too many wrong PINs of mailboxes.",
    "wrong-pins-of": "Mailbox {mailbox} takes no PINs for a while: too many wrong ones.",
    "media-late": "The media worker was not scheduled in time: {missing} ms of sound are missing.",
    "media-worker-lost": "The media worker stopped. Calls that were cut: {calls}.",
    "srtp-refused": "A phone of {who} is connected by TLS but refuses encrypted media (SRTP): switch it on "
    "there.",
    "forwarding-loop": "Calls to {number} are forwarded in a circle, or more than {most} times: change one.",
    "call-failed": "A call failed by a mistake of ours.",
    "recording-failed": "A recording could not be written: {error}.",
    "message-failed": "A voicemail message could not be written: {error}.",
    "recordings-folder": "The folder of recordings can not be used: {error}.",
    "voicemail-folder": "No message can be recorded: {error}.",
    "greeting-folder": "No greeting can be recorded: {error}.",
    # What other programs say: `text` is a sentence of ours already, or of theirs.
    "mail-failed": "{text}",
    "webhook-failed": "{text}",
    "webhook-answered": "The receiver answered {status}.",
    "webhook-elsewhere": "The receiver answered {status}: it wants us to go elsewhere, which is not done.",
    "webhook-gone": "{name} answered that it is gone for good: it is switched off.",
    # Lines to providers.
    "trunk-full": "{name} has as many calls as it may have at once: one more was refused.",
    "call-loop": "A call to {number} came back by {name}: somewhere numbers are forwarded in a circle.",
    "number-not-ours": "{name} sent a call to {numbers}, which is none of the incoming numbers.",
    # Calls for help.
    "emergency-call": "{user} calls the emergency number {number}. Number shown to be called back: {shown}.",
    "emergency-impossible": "{user} dialled the emergency number {number}, and there is no trunk.",
    "room-for-emergency": "A call over {name} was ended: all lines were taken, and somebody called for help.",
    # Calls outside that are refused.
    "outside-national-not-allowed": "{user} may not call numbers of the own country: {number}.",
    "outside-mobile-not-allowed": "{user} may not call mobile phones: {number}.",
    "outside-country-not-allowed": "{user} may not call {country}: {number}.",
    "outside-premium-not-allowed": "{user} may not call numbers that cost more: {number}.",
    "outside-not-at-night": "{user} called {number} at night, when {country} may not be called.",
    "outside-new-country": "{user} wants to call {country} ({number}), which was never called: allow it, or "
    "not.",
    "outside-too-many-calls": "{user} has as many calls outside as one may have at once; not called: "
    "{number}.",
    "outside-calls-used-up": "{user} has used up the calls outside of this hour or day; not called: "
    "{number}.",
    "outside-minutes-used-up": "{user} has used up the minutes outside of this hour or day; not called: "
    "{number}.",
    "outside-no-trunk": "{user} called {number}, and no trunk is switched on.",
    "outside-no-trunk-to-country": "{user} called {number}, and no trunk leads to {country}.",
    "outside-trunks-full": "{user} called {number}, and all trunks are full, have used up their limits, or "
    "rest.",
}

NOTHING: Mapping[str, str] = {
    "user": "An administrator",
    "who": "A caller",
    "country": "numbers of no country",
    "numbers": "nobody",
    "shown": "none",
    "error": "the disk is full",
}
"""What is said where a value is empty; `nothing` in the web app's words."""


def worded(
    kind: str, subject: str, code: str = "", values: Mapping[str, object] | None = None, allow: str = ""
) -> Problem:
    """A problem in the words of `ENGLISH`; `code` is the kind's own where none is named."""
    given = {name: str(value) for name, value in (values or {}).items()}
    shown = {name: value or NOTHING.get(name, "") for name, value in given.items()}
    text = ENGLISH[code or kind].format_map(shown)
    return Problem(kind, subject, text, allow, code or kind, tuple(given.items()))


def of_trunk(kind: str, subject: str, said: Said) -> Problem:
    """A problem in the words of trunks (`trunk_words.py`)."""
    return Problem(kind, subject, said.text, "", f"trunk.{said.code}", tuple(said.values.items()))
