"""Texts in workflow commands of GitHub Actions, which are lines."""

from __future__ import annotations


def message_text(text: str) -> str:
    """Text as the message of a command."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def field_text(text: str) -> str:
    """Text as the value of a property of a command."""
    return message_text(text).replace(":", "%3A").replace(",", "%2C")
