"""The event stream of a YAML text, from which the tree and the position table are built."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import yaml


def yaml_events(text: str | bytes) -> Callable[[], Any]:
    """Return a function that gives the next event, from libyaml or, without it, from PyYAML's own parser."""
    if yaml.__with_libyaml__:
        from yaml._yaml import CParser

        return CParser(text).get_event
    return iter(yaml.parse(text)).__next__
