"""Conformance rows: repeats, and the actions of a workflow."""

from __future__ import annotations

from flow_language import BUSY, POLL, Row, again, end, flow, step, to


def page(name: str, source: str, *actions: object) -> dict[str, object]:
    """A step whose request is made from an output of a step, perhaps its own of the round before."""
    parameter = {"name": "q", "in": "query", "value": f"$steps.{source}.outputs.s"}
    return step(name, actions, parameters=[parameter])


ROWS: list[Row] = [
    # Polling (AMB-07, AMB-12, AMB-14, AMB-39)
    Row("polled until it is done", POLL, ["work", "work", "done", "2"], ["a", 5, "a", 7.5, "a", "b"], "a:done b:2"),
    Row("done at once", POLL, ["done", "2"], ["a", "b"], "a:done b:2"),
    Row(
        "waits grow up to a minute",
        POLL,
        ["work"] * 8 + ["done", "2"],
        [*(x for w in (5, 7.5, 11.25, 16.875, 25.3125, 37.96875, 56.953125, 60) for x in ("a", w)), "a", "b"],
        "a:done b:2",
    ),
    Row(
        "the policy is an option",
        POLL,
        ["work"] * 3 + ["done", "2"],
        ["a", 1, "a", 2, "a", 3, "a", "b"],
        "a:done b:2",
        {"interval": 1, "backoff": 2, "max_interval": 3},
    ),
    Row(
        "an interval of none",
        POLL,
        ["work"] * 3 + ["done", "2"],
        ["a", "a", "a", "a", "b"],
        "a:done b:2",
        {"interval": 0},
    ),
    Row(
        "Retry-After overrules the policy",
        POLL,
        [(200, "work", 7), "work", "done", "2"],
        ["a", 7, "a", 7.5, "a", "b"],
        "a:done b:2",
    ),
    Row("a poll waits for the interval", POLL, [(200, "work", 0), "done", "2"], ["a", 5, "a", "b"], "a:done b:2"),
    Row("Retry-After of a poll is capped", POLL, [(200, "work", 900), "done", "2"], ["a", 300, "a", "b"], "a:done b:2"),
    Row("the deadline", POLL, ["work"] * 9, ["a", 5, "a", 5, "a"], "PollTimeout", {"backoff": 1, "timeout": 12}),
    Row("the deadline counts what is asked for", POLL, [(200, "work", 100)], ["a"], "PollTimeout", {"timeout": 99}),
    Row(
        "the deadline counts what a retry waits",
        [step("a", [to("a", "s=work"), end()], [again(1, 50)])],
        ["work", 500, "work"],
        ["a", 5, "a", 50, "a"],
        "PollTimeout",
        {"timeout": 60},
    ),
    Row("no action matches: unhandled", POLL, ["odd"], ["a"], "UnhandledOutcome:a"),
    Row("no action matches: told to go on", POLL, ["odd", "2"], ["a", "b"], "a:odd b:2", {"unhandled": "continue"}),
    Row(
        "a loop without an exit falls through",
        [step("a", [to("a", "s=work")]), step("b")],
        ["work", "odd", "2"],
        ["a", 5, "a", "b"],
        "a:odd b:2",
    ),
    Row(
        "a forward branch falls through",
        [step("a", [to("c", "s=x")]), step("b"), step("c")],
        ["odd", "2", "3"],
        ["a", "b", "c"],
        "a:odd b:2 c:3",
    ),
    Row(
        "an end is an exit too",
        [step("a", [to("a", "s=work"), end(on="s=done")]), step("b")],
        ["work", "odd"],
        ["a", 5, "a"],
        "UnhandledOutcome:a",
    ),
    Row(
        "a retry is no exit",
        [step("a", [to("a", "s=work"), again(1, 1, "s=x")]), step("b")],
        ["odd", "2"],
        ["a", "b"],
        "a:odd b:2",
    ),
    Row(
        "a loop that always goes back ends by its exit",
        [step("a", [end(on="s=done"), to("a")]), step("b")],
        ["odd", "done"],
        ["a", 5, "a"],
        "a:done",
    ),
    Row("a failure while polling", POLL, ["work", 500], ["a", 5, "a"], "StepFailed:a"),
    Row(
        "a failure while polling is retried",
        [step("a", [to("b", "s=done"), to("a", "s=work")], [again(1, 2)]), step("b")],
        ["work", 500, "work", "done", "2"],
        ["a", 5, "a", 2, "a", 7.5, "a", "b"],
        "a:done b:2",
    ),
    Row(
        "a loop of two steps",
        [step("a"), step("b", [end(on="s=done"), to("a", "s=work")])],
        ["1", "work", "1", "work", "1", "done"],
        ["a", "b", 5, "a", "b", 7.5, "a", "b"],
        "a:1 b:done",
    ),
    Row(
        "two loops wait each by itself",
        [step("a", [to("b", "s=done"), to("a", "s=work")]), step("b", [end(on="s=done"), to("b", "s=work")])],
        ["work", "work", "done", "work", "done"],
        ["a", 5, "a", 7.5, "a", "b", 5, "b"],
        "a:done b:done",
    ),
    Row(
        "a failure that goes back waits too",
        [step("a"), step("b", failure=[to("a")])],
        ["1", 500, "1", "2"],
        ["a", "b", 5, "a", "b"],
        "a:1 b:2",
    ),
    Row(
        "a failure that goes back to itself",
        [step("a", failure=[to("a")])],
        [500, BUSY, "1"],
        ["a", 5, "a", 7, "a"],
        "a:1",
    ),
    Row(
        "the step budget",
        [step("a", [to("b")]), step("b", [to("a")])],
        ["1"] * 9,
        ["a", "b", 5, "a", "b"],
        "StepBudgetSpent",
        {"max_steps": 4},
    ),
    Row(
        "the budget is not touched by an end",
        [step("a", [to("a", "s=x"), end(on="s=y")])],
        ["x", "x", "y"],
        ["a", 5, "a", 7.5, "a"],
        "a:y",
        {"max_steps": 3},
    ),
    Row(
        "another visit overwrites outputs",
        [step("a"), step("b", [to("a", "s=x"), end(on="s=y")])],
        ["1", "x", "2", "y"],
        ["a", "b", 5, "a", "b"],
        "a:2 b:y",
    ),
    # Actions of the workflow (WF-04, AMB-05)
    Row(
        "a workflow's failure action applies",
        {"m": flow(step("a"), failureActions=[again(1, 1)])},
        [500, "1"],
        ["a", 1, "a"],
        "a:1",
    ),
    Row(
        "the step's come first",
        {"m": flow(step("a", failure=[again(1, 1, name="own")]), failureActions=[again(1, 2, name="shared")])},
        [500, 500, "1"],
        ["a", 1, "a", 2, "a"],
        "a:1",
    ),
    Row(
        "overridden by name",
        {"m": flow(step("a", failure=[again(1, 1)]), failureActions=[again(5, 2)])},
        [500, 500],
        ["a", 1, "a"],
        "StepFailed:a",
    ),
    Row(
        "still there when none of the step's matches",
        {"m": flow(step("a", failure=[end(on="404")]), failureActions=[again(1, 2)])},
        [500, "1"],
        ["a", 2, "a"],
        "a:1",
    ),
    Row(
        "a workflow's success action applies",
        {"m": flow(step("a"), step("b"), successActions=[end(on="s=x")])},
        ["x"],
        ["a"],
        "a:x",
    ),
    Row(
        "a step's success action comes first",
        {"m": flow(step("a", [to("b", name="on")]), step("b"), successActions=[end()])},
        ["1", "2"],
        ["a", "b"],
        "a:1 b:2",
    ),
    Row(
        "each step has its own budget of it",
        {"m": flow(step("a"), step("b"), failureActions=[again(1, 1)])},
        [500, "1", 500, "2"],
        ["a", 1, "a", "b", 1, "b"],
        "a:1 b:2",
    ),
    # Loops that make progress (AMB-63)
    Row("the next page", [page("a", "a", to("a", "!200"), end())], [(201, "2"), "3"], ["a", "a?q=2"], "a:3"),
    Row(
        "the next page comes when the response asks",
        [page("a", "a", to("a", "!200"), end())],
        [(201, "2", 7), (201, "3", 0), (201, "4", 900), "5"],
        ["a", 7, "a?q=2", "a?q=3", 300, "a?q=4"],
        "a:5",
    ),
    Row(
        "pages by way of two steps",
        [page("a", "b"), step("b", [to("a", "!200"), end()])],
        ["1", (201, "x"), "2", "y"],
        ["a", "b", "a?q=x", "b"],
        "a:2 b:y",
    ),
    Row(
        "what the same round has given is no progress",
        [step("a"), page("b", "a", to("a", "!200"), end())],
        ["1", (201, "x"), "2", "y"],
        ["a", "b?q=1", 5, "a", "b?q=2"],
        "a:2 b:y",
    ),
    Row(
        "what a step before the loop has given is no progress",
        [step("a"), page("b", "a", to("b", "!200"), end())],
        ["1", (201, "x"), "y"],
        ["a", "b?q=1", 5, "b?q=1"],
        "a:1 b:y",
    ),
    Row(
        "pages are bounded by the budget",
        [page("a", "a", to("a"))],
        ["1"] * 9,
        ["a", "a?q=1", "a?q=1"],
        "StepBudgetSpent",
        {"max_steps": 3},
    ),
]
