"""The table of kinds of change: for each its severity, whom it concerns, the reason, and its mirror.

Ids are stable: configurations name them, and what reads JSON. The mirror of a kind is what the same change is called
in the other direction.
"""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple, TypeAlias


class Severity(Enum):
    """How much a change matters, the worst first."""

    BREAKING = "breaking"
    NOTABLE = "notable"
    HARMLESS = "harmless"

    @property
    def rank(self) -> int:
        """0 for the worst."""
        return list(Severity).index(self)


class Whom(Enum):
    """Whom a change concerns."""

    SOURCE = "source"
    FLOW = "flow"
    WIRE = "wire"
    STATE = "state"
    DOCS = "docs"

    @property
    def title(self) -> str:
        """As a heading."""
        return _TITLES[self]

    @property
    def rank(self) -> int:
        """The order in which they are shown."""
        return list(Whom).index(self)


_TITLES = {
    Whom.SOURCE: "callers of the module",
    Whom.FLOW: "flow",
    Whom.WIRE: "requests and responses",
    Whom.STATE: "saved runs",
    Whom.DOCS: "documentation",
}


class Kind(NamedTuple):
    """A kind of change. One that does not touch what the workflow sends or reads is harmless, whatever its severity."""

    id: str
    whom: Whom
    severity: Severity
    mirror: str
    reason: str


B, N, H = Severity.BREAKING, Severity.NOTABLE, Severity.HARMLESS

_Alone: TypeAlias = tuple[str, Severity, str]
_Both: TypeAlias = tuple[str, Severity, str, str, Severity, str]

_ROWS: dict[Whom, list[_Alone | _Both]] = {
    Whom.SOURCE: [
        ("document-added", H, "there is one module more", "document-removed", B, "its module goes"),
        ("document-broken", B, "no module can be made", "document-mended", H, "a module can be made"),
        (
            *("source-broken", B, "no module can be made, and too little is compared"),
            *("source-mended", H, "a module can be made, but too little is compared"),
        ),
        ("module-moved", B, "it is imported by another name"),
        ("module-part-added", H, "there is one thing more", "module-part-removed", B, "whoever uses it fails"),
        ("workflow-added", H, "there is one runner more", "workflow-removed", B, "its runner and its classes go"),
        ("workflow-renamed", B, "its runner and its classes have other names"),
        ("input-added", H, "callers may leave it out", "input-removed", B, "callers that pass it fail"),
        (
            *("required-input-added", B, "callers do not pass it"),
            *("required-input-removed", B, "all callers pass it"),
        ),
        ("input-renamed", B, "all callers pass it by name"),
        (
            *("input-became-required", B, "callers may leave it out"),
            *("input-became-optional", H, "callers that pass it still may"),
        ),
        (
            *("input-type-widened", H, "what callers pass is still of the type"),
            *("input-type-narrowed", B, "callers may pass what is not of the type any more"),
        ),
        ("input-type-changed", B, "what callers pass may not be of the type any more"),
        (
            *("input-checks-loosened", H, "what was accepted still is"),
            *("input-checks-tightened", B, "a value that was accepted may be refused"),
        ),
        ("input-checks-changed", B, "a value that was accepted may be refused"),
        ("input-default-changed", N, "callers that leave it out get another value"),
        (
            *("input-became-secret", N, "it is not shown or saved any more"),
            *("input-became-public", N, "it is shown and saved"),
        ),
        ("output-added", H, "there is one attribute more", "output-removed", B, "callers that read it fail"),
        ("output-renamed", B, "callers read it by name"),
        (
            *("output-type-widened", B, "callers may get what they do not expect"),
            *("output-type-narrowed", H, "callers get some of what they expect"),
        ),
        ("output-type-changed", B, "callers get what they do not expect"),
        (
            *("output-became-secret", N, "it is not shown or saved any more"),
            *("output-became-public", N, "it is shown and saved"),
        ),
        ("type-renamed", N, "code that imports the class by its name fails"),
        ("step-renamed", B, "its function has another name"),
        (
            *("client-argument-added", H, "callers may leave it out"),
            *("client-argument-removed", B, "callers that pass it fail"),
        ),
        ("credential-renamed", B, "the client takes the credentials under another name"),
        ("source-renamed", B, "the client takes its server under another name"),
        ("client-argument-changed", B, "callers may leave out what is required now"),
        (
            *("required-client-argument-added", B, "callers do not pass it"),
            *("required-client-argument-removed", B, "all callers pass it"),
        ),
        (
            *("server-variable-added", H, "the client takes one argument more"),
            *("server-variable-removed", B, "callers that pass it fail"),
        ),
        ("server-variable-renamed", B, "callers pass it by name"),
        ("server-variable-changed", N, "another value is the default, or others can be chosen"),
    ],
    Whom.FLOW: [
        (
            "step-added",
            N,
            "a run does one thing more",
            "step-removed",
            B,
            "a run does one thing less, its function goes",
        ),
        ("step-moved", N, "a run does the same in another order"),
        ("call-changed", B, "the step does something else"),
        (
            *("dependency-added", N, "something else must have been done before"),
            *("dependency-removed", N, "nothing waits for it any more"),
        ),
        ("argument-added", N, "one thing more is sent", "argument-removed", N, "one thing less is sent"),
        ("argument-changed", N, "another value is sent"),
        ("payload-added", N, "one thing more is sent", "payload-removed", N, "one thing less is sent"),
        ("payload-changed", N, "another value is sent"),
        (
            *("criterion-added", N, "a step that succeeded may fail"),
            *("criterion-removed", N, "a step that failed may succeed"),
        ),
        ("criterion-changed", N, "a step may succeed where it failed, or fail where it succeeded"),
        ("criterion-reworded", H, "it means the same"),
        (
            *("action-added", N, "a result is handled in another way"),
            *("action-removed", N, "a result is handled in another way"),
        ),
        ("action-moved", N, "the first action whose criteria hold is taken"),
        ("action-renamed", H, "it does the same"),
        ("action-changed", N, "the run goes on in another way"),
        ("action-criteria-changed", N, "the action is taken in other cases"),
        ("retry-limit-raised", N, "a step is tried more often", "retry-limit-lowered", N, "a step is given up sooner"),
        ("retry-delay-raised", N, "a run waits longer", "retry-delay-lowered", N, "the server is asked more often"),
        ("timeout-changed", N, "an attempt is given up at another time"),
        ("output-value-changed", N, "the output is another value"),
        (
            *("unhandled-value-added", B, "no action handles it: the run ends in an error, or goes on as if it did"),
            *("unhandled-value-removed", H, "no action handled it"),
        ),
        (
            *("handled-value-added", N, "an action handles it, perhaps not one that was meant for it"),
            *("handled-value-removed", N, "the action that handled it may never be taken"),
        ),
        ("order-changed", N, "the same is done, sent or written, in another order"),
        ("unhandled-changed", N, "a run that no action handles ends in another way"),
        ("module-changed", N, "the module differs in a way that has no kind of its own"),
    ],
    Whom.WIRE: [
        (
            *("idempotency-key-added", N, "one header more is sent"),
            *("idempotency-key-removed", N, "a request that is repeated may be carried out twice"),
        ),
        ("operation-added", H, "the API has it now", "operation-removed", B, "the API has it no longer"),
        ("operation-renamed", B, "a document that calls it by its old name does not compile"),
        ("method-changed", B, "the request is another one"),
        ("path-changed", B, "the request goes to another resource"),
        (
            *("operation-deprecated", N, "it may be removed"),
            *("operation-undeprecated", H, "it will stay"),
        ),
        ("server-changed", B, "requests go to another place"),
        (
            *("security-widened", H, "the credentials that are sent still do"),
            *("security-narrowed", B, "the credentials that are sent may not do any more"),
        ),
        ("security-changed", B, "other credentials are sent"),
        ("content-type-changed", N, "the body is sent in another form"),
        ("encoding-changed", B, "the body is sent in another form"),
        (
            "parameter-added",
            H,
            "a request without it is accepted",
            "parameter-removed",
            N,
            "the API ignores or refuses it",
        ),
        (
            *("required-parameter-added", B, "a request without it is refused"),
            *("required-parameter-removed", N, "the API ignores or refuses it"),
        ),
        ("parameter-renamed", B, "the API does not know it by its old name"),
        ("parameter-moved", B, "the API looks for it in another place"),
        (
            *("parameter-became-required", B, "a request without it is refused"),
            *("parameter-became-optional", H, "a request with it is accepted"),
        ),
        ("parameter-style-changed", B, "the API reads its text in another way"),
        (
            *("parameter-deprecated", N, "it may be removed"),
            *("parameter-undeprecated", H, "it will stay"),
        ),
        (
            *("request-body-added", H, "a request without it is accepted"),
            *("request-body-removed", N, "the API ignores or refuses it"),
        ),
        (
            *("required-request-body-added", B, "a request without it is refused"),
            *("required-request-body-removed", N, "the API ignores or refuses it"),
        ),
        (
            *("request-body-became-required", B, "a request without it is refused"),
            *("request-body-became-optional", H, "a request with it is accepted"),
        ),
        (
            *("request-content-type-added", H, "what is sent is still accepted"),
            *("request-content-type-removed", B, "a body of this type is refused"),
        ),
        (
            *("request-property-added", H, "a request without it is accepted"),
            *("request-property-removed", N, "the API ignores or refuses it"),
        ),
        (
            *("required-request-property-added", B, "a request without it is refused"),
            *("required-request-property-removed", N, "the API ignores or refuses it"),
        ),
        ("request-property-renamed", B, "the API does not know it by its old name"),
        (
            *("request-property-became-required", B, "a request without it is refused"),
            *("request-property-became-optional", H, "a request with it is accepted"),
        ),
        (
            *("request-property-deprecated", N, "it may be removed"),
            *("request-property-undeprecated", H, "it will stay"),
        ),
        (
            *("request-type-widened", H, "what is sent is still of the type"),
            *("request-type-narrowed", B, "what is sent may not be of the type any more"),
        ),
        ("request-type-changed", B, "what is sent may not be of the type any more"),
        (
            *("request-value-added", H, "what is sent is still accepted"),
            *("request-value-removed", B, "a request with it is refused"),
        ),
        (
            *("request-limit-loosened", H, "what is sent is still accepted"),
            *("request-limit-tightened", B, "what is sent may be refused"),
        ),
        ("request-limit-changed", B, "what is sent may be refused"),
        ("request-default-changed", N, "what is left out means something else"),
        (
            *("response-status-added", N, "an answer may come that was not described"),
            *("response-status-removed", N, "an answer that was described may not come"),
        ),
        ("request-content-type-changed", B, "a body of the old type is refused"),
        ("response-content-type-changed", B, "the answer comes in another form"),
        ("response-status-moved", B, "what the workflow waits for has another status"),
        (
            *("response-content-type-added", N, "an answer may come in another form"),
            *("response-content-type-removed", B, "the answer comes in another form"),
        ),
        (
            *("response-header-added", H, "nothing reads it"),
            *("response-header-removed", B, "what is read is not there any more"),
        ),
        (
            *("response-header-became-optional", B, "what is read may not be there"),
            *("response-header-became-required", H, "what is read is always there"),
        ),
        (
            *("response-header-deprecated", N, "it may be removed"),
            *("response-header-undeprecated", H, "it will stay"),
        ),
        (
            *("response-property-added", H, "nothing reads it"),
            *("response-property-removed", B, "what is read is not there any more"),
        ),
        ("response-property-renamed", B, "what is read is not there any more"),
        (
            *("response-property-became-optional", B, "what is read may not be there"),
            *("response-property-became-required", H, "what is read is always there"),
        ),
        (
            *("response-property-deprecated", N, "it may be removed"),
            *("response-property-undeprecated", H, "it will stay"),
        ),
        (
            *("response-type-widened", B, "what is read may be of another type"),
            *("response-type-narrowed", H, "what is read is of the type that was expected"),
        ),
        ("response-type-changed", B, "what is read is of another type"),
        (
            *("response-value-added", N, "callers may get a value that they do not know"),
            *("response-value-removed", H, "it does not come any more"),
        ),
        (
            *("response-limit-loosened", H, "the type is the same"),
            *("response-limit-tightened", H, "the type is the same"),
        ),
        ("response-limit-changed", H, "the type is the same"),
        ("request-discriminator-changed", H, "what is sent is the same"),
        ("response-discriminator-changed", N, "what is read may be another alternative"),
    ],
    Whom.DOCS: [
        ("documentation-changed", H, "docstrings only"),
        ("input-limits-changed", H, "the module checks the types of inputs only"),
    ],
}


def _table() -> dict[str, Kind]:
    found: list[Kind] = []
    for whom, rows in _ROWS.items():
        for row in rows:
            if len(row) == 3:
                found.append(Kind(row[0], whom, row[1], row[0], row[2]))
            else:
                found.append(Kind(row[0], whom, row[1], row[3], row[2]))
                found.append(Kind(row[3], whom, row[4], row[0], row[5]))
    return {kind.id: kind for kind in found}


FAIL_ON = ("breaking", "notable", "any", "never")
"""From which severity on `arazzoc diff` ends with the status 1."""

KINDS: dict[str, Kind] = _table()
"""All kinds of change, by their ids."""
