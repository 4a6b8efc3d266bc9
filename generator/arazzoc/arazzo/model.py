"""The objects of the Arazzo Specification, field for field, each with its location.

The names are those of the specification's fixed fields in snake case. Strings stay strings: later stages parse
expressions and resolve ids.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

from msgspec import Struct

from arazzoc.source import Json, Location

ActionType: TypeAlias = Literal["end", "goto", "retry"]


class ExpressionType(Struct, frozen=True):
    """Expression Type Object, or the plain string form of it."""

    type: str
    version: str | None


class Selector(Struct, frozen=True):
    """Selector Object (1.1)."""

    at: Location
    context: str
    selector: str
    type: ExpressionType


class Criterion(Struct, frozen=True):
    """Criterion Object."""

    at: Location
    context: str | None
    condition: str
    type: ExpressionType


class Reusable(Struct, frozen=True):
    """Reusable Object."""

    at: Location
    reference: str
    value: Json
    has_value: bool


class Parameter(Struct, frozen=True):
    """Parameter Object; `location` is the field `in`."""

    at: Location
    name: str
    location: str | None
    value: Json
    value_at: Location


class Action(Struct, frozen=True):
    """Success Action Object or Failure Action Object."""

    at: Location
    name: str
    type: ActionType
    step_id: str | None
    workflow_id: str | None
    retry_after: float | None
    retry_limit: int | None
    criteria: tuple[Criterion, ...]
    parameters: tuple[Parameter | Reusable, ...]


class Replacement(Struct, frozen=True):
    """Payload Replacement Object."""

    at: Location
    target: str
    selector_type: ExpressionType | None
    value: Json


class RequestBody(Struct, frozen=True):
    """Request Body Object."""

    at: Location
    content_type: str | None
    payload: Json
    has_payload: bool
    replacements: tuple[Replacement, ...]


Output: TypeAlias = str | Selector | None
"""An expression or a selector; None, after a diagnostic, for what is neither."""


class Step(Struct, frozen=True):
    """Step Object; `label` is its name in messages, with that of its workflow where another step has the same id."""

    at: Location
    step_id: str
    label: str
    description: str
    operation_id: str | None
    operation_path: str | None
    workflow_id: str | None
    channel_path: str | None
    action: str | None
    timeout: int | None
    depends_on: tuple[str, ...]
    parameters: tuple[Parameter | Reusable, ...]
    request_body: RequestBody | None
    success_criteria: tuple[Criterion, ...]
    on_success: tuple[Action | Reusable, ...]
    on_failure: tuple[Action | Reusable, ...]
    outputs: dict[str, Output]


class Workflow(Struct, frozen=True):
    """Workflow Object."""

    at: Location
    workflow_id: str
    summary: str
    description: str
    inputs: Json
    depends_on: tuple[str, ...]
    steps: tuple[Step, ...]
    parameters: tuple[Parameter | Reusable, ...]
    success_actions: tuple[Action | Reusable, ...]
    failure_actions: tuple[Action | Reusable, ...]
    outputs: dict[str, Output]


class SourceDescription(Struct, frozen=True):
    """Source Description Object."""

    at: Location
    name: str
    url: str
    type: str | None


class Components(Struct, frozen=True):
    """Components Object."""

    at: Location
    inputs: dict[str, Json]
    parameters: dict[str, Parameter]
    success_actions: dict[str, Action]
    failure_actions: dict[str, Action]


class Document(Struct, frozen=True):
    """Arazzo Object. `version` is the feature set, (1, 0) or (1, 1)."""

    at: Location
    version: tuple[int, int]
    self_uri: str | None
    title: str
    summary: str
    description: str
    sources: tuple[SourceDescription, ...]
    workflows: tuple[Workflow, ...]
    components: Components
