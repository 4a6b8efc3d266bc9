"""The objects of the Arazzo Specification, field for field, each with its location.

Names follow the specification's fixed fields in snake case. What a field's string means (expressions, ids) is
the business of later stages.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from arazzoc.source import Json, Location

ActionType: TypeAlias = Literal["end", "goto", "retry"]


@dataclass(frozen=True, slots=True)
class ExpressionType:
    """Expression Type Object, or the plain string form of it."""

    type: str
    version: str | None


@dataclass(frozen=True, slots=True)
class Selector:
    """Selector Object (1.1)."""

    at: Location
    context: str
    selector: str
    type: ExpressionType


@dataclass(frozen=True, slots=True)
class Criterion:
    """Criterion Object."""

    at: Location
    context: str | None
    condition: str
    type: ExpressionType


@dataclass(frozen=True, slots=True)
class Reusable:
    """Reusable Object."""

    at: Location
    reference: str
    value: Json
    has_value: bool


@dataclass(frozen=True, slots=True)
class Parameter:
    """Parameter Object; `location` is the field `in`."""

    at: Location
    name: str
    location: str | None
    value: Json
    value_at: Location


@dataclass(frozen=True, slots=True)
class Action:
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


@dataclass(frozen=True, slots=True)
class Replacement:
    """Payload Replacement Object."""

    at: Location
    target: str
    selector_type: ExpressionType | None
    value: Json


@dataclass(frozen=True, slots=True)
class RequestBody:
    """Request Body Object."""

    at: Location
    content_type: str | None
    payload: Json
    has_payload: bool
    replacements: tuple[Replacement, ...]


Output: TypeAlias = str | Selector


@dataclass(frozen=True, slots=True)
class Step:
    """Step Object."""

    at: Location
    step_id: str
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


@dataclass(frozen=True, slots=True)
class Workflow:
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


@dataclass(frozen=True, slots=True)
class SourceDescription:
    """Source Description Object."""

    at: Location
    name: str
    url: str
    type: str | None


@dataclass(frozen=True, slots=True)
class Components:
    """Components Object."""

    at: Location
    inputs: dict[str, Json]
    parameters: dict[str, Parameter]
    success_actions: dict[str, Action]
    failure_actions: dict[str, Action]


@dataclass(frozen=True, slots=True)
class Document:
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
