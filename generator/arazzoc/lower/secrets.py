"""Which inputs and outputs are secret: a matter of where they flow, not of what they are called."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from arazzoc import ir
from arazzoc.analysis.values import call_values, leaves
from arazzoc.openapi.document import Node

SECRET_HEADERS = frozenset({"authorization", "proxy-authorization", "cookie"})


def security_names(document: Node) -> set[tuple[str, str]]:
    """Where the API keys of a document's security schemes go: (place, name)."""
    components = document.get("components")
    schemes = components.members("securitySchemes") if components is not None else ()
    return {(s.text("in"), s.text("name").lower()) for _, s in schemes if s.text("type") == "apiKey"}


def mark_secrets(
    inputs: tuple[ir.InputField, ...],
    steps: tuple[ir.Step, ...],
    outputs: tuple[ir.Output, ...],
    names: set[tuple[str, str]],
) -> tuple[tuple[ir.InputField, ...], tuple[ir.Step, ...], tuple[ir.Output, ...]]:
    """The same workflow with everything marked that flows into an Authorization header, a cookie or an API key."""
    secret: set[ir.Value] = {ir.Input(i.name) for i in inputs if i.secret}
    for step in steps:
        call = step.call
        for argument in call.headers:
            if argument.name.lower() in SECRET_HEADERS or ("header", argument.name.lower()) in names:
                secret.update(_named(argument.value))
        for argument in call.query:
            if ("query", argument.name.lower()) in names:
                secret.update(_named(argument.value))
        for argument in call.cookies:
            secret.update(_named(argument.value))
    _spread(secret, steps)
    marked = tuple(
        replace(
            step,
            call=replace(step.call, secrets=_unmasked(step.call, secret)),
            outputs=tuple(_marked(o, secret, ir.StepOutput(step.id, o.name)) for o in step.outputs),
        )
        for step in steps
    )
    return (
        tuple(replace(i, secret=ir.Input(i.name) in secret) for i in inputs),
        marked,
        tuple(_marked(o, secret) for o in outputs),
    )


def _named(value: ir.Value) -> Iterator[ir.Value]:
    return (leaf for leaf in leaves(value) if isinstance(leaf, ir.Input | ir.StepOutput))


def _spread(secret: set[ir.Value], steps: tuple[ir.Step, ...]) -> None:
    """A step output that is made from a secret is one, and so is what a secret output is made from."""
    while True:
        before = len(secret)
        for step in steps:
            for output in step.outputs:
                this = ir.StepOutput(step.id, output.name)
                parts = set(_named(output.value))
                if this in secret:
                    secret |= parts
                elif parts & secret:
                    secret.add(this)
        if len(secret) == before:
            return


def _marked(output: ir.Output, secret: set[ir.Value], this: ir.Value | None = None) -> ir.Output:
    is_secret = this in secret or any(leaf in secret for leaf in _named(output.value))
    return replace(output, secret=is_secret)


def _unmasked(call: ir.HttpCall, secret: set[ir.Value]) -> tuple[ir.Value, ...]:
    """Secrets of a request that stand elsewhere than in the headers which are never shown."""
    hidden = [a.value for a in call.headers if a.name.lower() in SECRET_HEADERS] + [a.value for a in call.cookies]
    masked = {leaf for value in hidden for leaf in _named(value)}
    found = [leaf for value in call_values(call) for leaf in _named(value) if leaf in secret and leaf not in masked]
    return tuple(dict.fromkeys(found))
