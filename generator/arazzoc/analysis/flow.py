"""The flow graph of a workflow: which steps a run can reach, and which have always run before."""

from __future__ import annotations

from functools import cached_property
from typing import TypeAlias

from arazzoc import ir
from arazzoc.analysis.choice import last_resort
from arazzoc.graphs import reached

StepOrEnd: TypeAlias = str | None
"""A step, or None for the end of the run."""


class Flow:
    """The flow graph of the steps of a workflow; every query takes time linear in its size."""

    def __init__(self, steps: tuple[ir.Step, ...]) -> None:
        self.steps = {step.id: step for step in steps}
        self.numbers = {step.id: number for number, step in enumerate(steps)}
        self.start = steps[0].id if steps else None
        self.after_success = {step.id: _after_success(step) for step in steps}
        self.after_failure = {step.id: _after_failure(step) for step in steps}
        self.before_retry = {step.id: _before_retry(step) for step in steps}
        self.ends_here = {
            step.id for step in steps if any(isinstance(e.then, ir.Run | ir.End) for e in step.on_success)
        }

    def successors(self, step: str) -> set[StepOrEnd]:
        """Return where a run can go from a step, other than by ending after a failure that no action matches."""
        return self.after_success[step] | self.after_failure[step]

    @cached_property
    def reachable(self) -> set[StepOrEnd]:
        """The steps that a run can reach, and None if it can reach the end."""
        if not self.steps:
            return set()
        return self._closure({self.start}) | {target for targets in self.before_retry.values() for target in targets}

    def _closure(self, places: set[StepOrEnd], until: str | None = None) -> set[StepOrEnd]:
        seen: set[StepOrEnd] = set()
        pending = list(places)
        while pending:
            current = pending.pop()
            if current in seen:
                continue
            seen.add(current)
            if current is not None and current == until:
                break
            if current is not None:
                pending.extend(self.successors(current))
        return seen

    @cached_property
    def always_before(self) -> dict[StepOrEnd, int]:
        """For each reachable step, and the end, the steps that have succeeded in every run there, as a bit set."""
        before: dict[StepOrEnd, int] = {self.start: 0}
        pending: list[StepOrEnd] = [self.start]
        while pending:
            current = pending.pop()
            if current is None:
                continue
            failed = before[current]
            succeeded = failed | 1 << self.numbers[current]
            moves = [(place, succeeded) for place in self.after_success[current]]
            moves += [(place, failed) for place in self.after_failure[current]]
            for place, bits in moves:
                known = before.get(place)
                merged = bits if known is None else known & bits
                if merged != known:
                    before[place] = merged
                    pending.append(place)
        without_retries = dict(before)
        for owner, targets in self.before_retry.items():
            for target in targets if owner in without_retries else ():  # it runs and returns to the retry
                before[target] = before.get(target, without_retries[owner]) & without_retries[owner]
        return before

    @cached_property
    def endless(self) -> set[str]:
        """The reachable steps from which no path of successes leads to the end: those of a loop, or before one."""
        ends: set[StepOrEnd] = {None}
        before: dict[StepOrEnd, set[str]] = {}
        for step in self.steps:
            places = self.after_success[step] | (self.after_failure[step] - {step})
            if step in self.ends_here or not places:
                ends.add(step)
            for place in places:
                before.setdefault(place, set()).add(step)
        seen: set[StepOrEnd] = set()
        pending: list[StepOrEnd] = list(ends)
        while pending:
            current = pending.pop()
            if current not in seen:
                seen.add(current)
                pending.extend(before.get(current, ()))
        return {step for step in self.steps if step in self.reachable and step not in seen}

    def always_runs_before(self, step: str, place: StepOrEnd) -> bool:
        """Whether `step` has succeeded in every run that reaches `place`; after an error, a step can be unknown."""
        bits, number = self.always_before.get(place), self.numbers.get(step)
        return bits is None or number is None or bool(bits >> number & 1)

    def never_runs_before(self, step: str, place: str) -> bool:
        """Whether `step` has run in no run that reaches `place`; a failed attempt counts for what comes before its
        retry (AMB-68).
        """
        if step not in self.reachable:
            return True
        owners = self.retries_after(place)
        until = place if not owners else None
        seen = self._closure(self.successors(step) | self._retried_after.get(step, set()), until=until)
        return place not in seen and step not in owners and owners.isdisjoint(seen)

    def retries_after(self, place: str) -> set[str]:
        """The steps that are retried after a step has run for them."""
        return {owner for owner, targets in self.before_retry.items() if place in targets}

    def runs_only_for(self, step: str, place: str) -> bool:
        """Whether `place` runs before retries of `step`, and nowhere else."""
        return self.retries_after(place) == {step} and place not in self._closure({self.start})

    def depended_on(self, step: str) -> set[str]:
        """Return the steps that must have succeeded before a step, directly or through others."""
        return reached(self.steps[step].depends_on, lambda name: self.steps[name].depends_on)

    @cached_property
    def _retried_after(self) -> dict[str, set[StepOrEnd]]:
        """For each step that runs before a retry, the steps that are retried."""
        retried: dict[str, set[StepOrEnd]] = {}
        for owner, targets in self.before_retry.items():
            for target in targets:
                retried.setdefault(target, set()).add(owner)
        return retried


def _after_success(step: ir.Step) -> set[StepOrEnd]:
    following: set[StepOrEnd] = set()
    for edge in step.on_success:
        match edge.then:
            case ir.Goto(step=target):
                following.add(target)
            case ir.Retry():
                following.add(step.id)
            case ir.End():
                following.add(None)
            case ir.Run():
                continue
    if last_resort(step.on_success) is None:
        following.add(step.next)
    return following


def _after_failure(step: ir.Step) -> set[StepOrEnd]:
    following: set[StepOrEnd] = set()
    for edge in step.on_failure:
        match edge.then:
            case ir.Goto(step=target):
                following.add(target)
            case ir.Retry():
                following.add(step.id)
            case ir.End() | ir.Run():
                continue
    return following


def _before_retry(step: ir.Step) -> set[str]:
    """Return the steps that run before this one is retried; their own goto and end are not followed (AMB-13)."""
    return {retry.before_retry for retry in step.retries.values() if isinstance(retry.before_retry, str)}
