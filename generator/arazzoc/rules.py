"""The rule table: every kind of diagnostic, with its stable code. A code is never used again for another rule."""

from __future__ import annotations

from arazzoc.diagnostics import Rule, Severity

E, W, N = Severity.ERROR, Severity.WARNING, Severity.NOTE

# Reading files
UNREADABLE = Rule("ARZ001", E, "a file cannot be read")
NOT_UTF8 = Rule("ARZ002", E, "a file is not UTF-8")
SYNTAX = Rule("ARZ003", E, "a file is neither YAML nor JSON")
EMPTY = Rule("ARZ004", E, "a file is empty")
DUPLICATE_KEY = Rule("ARZ005", E, "keep one of the two: JSON has no duplicate keys")
TAG = Rule("ARZ006", E, "YAML tags other than those of the JSON schema are refused")
TOO_LARGE = Rule("ARZ007", E, "a document nests or repeats itself beyond bounds")

# The shape of the Arazzo document
NOT_ARAZZO = Rule("ARZ101", E, "the file is no Arazzo document")
VERSION = Rule("ARZ102", E, "this version of Arazzo is not known")
UNKNOWN_FIELD = Rule("ARZ103", E, "a field is not defined")
MISSING_FIELD = Rule("ARZ104", E, "a required field is missing")
WRONG_VALUE = Rule("ARZ105", E, "a field has a value of the wrong type or form")
DUPLICATE_NAME = Rule("ARZ106", E, "a name that must be unique stands twice")
CONFLICT = Rule("ARZ107", E, "fields exclude each other, or one of several is needed")
UNUSUAL_NAME = Rule("ARZ108", W, "an id holds characters outside [A-Za-z0-9_-]")
IGNORED = Rule("ARZ109", W, "something has no effect where it stands")
MODULE_NAME = Rule("ARZ110", N, "a module of the document's name would shadow another")

# Sources and operations
SOURCE_NOT_FOUND = Rule("ARZ201", E, "the file of a source description is not there")
SOURCE_REMOTE = Rule(
    "ARZ202", E, "a source is where arazzoc does not look unasked: on the network, or at an absolute path"
)
SOURCE_KIND = Rule("ARZ203", E, "a source is not of the kind that is needed")
UNKNOWN_SOURCE = Rule("ARZ204", E, "no source description has that name")
SOURCE_MISMATCH = Rule("ARZ205", W, "a source is declared as another kind than it is")
UNKNOWN_OPERATION = Rule("ARZ211", E, "no operation has that operationId or path")
AMBIGUOUS_OPERATION = Rule("ARZ212", E, "an operationId stands in several sources")
UNQUALIFIED_OPERATION = Rule("ARZ213", W, "an operationId is not qualified although there are several sources", E)
OPERATION_PATH = Rule("ARZ214", E, "an operationPath is not one")
OPERATION_PATH_FORM = Rule("ARZ215", W, "an operationPath is written in another form than specified", E)
DANGLING_REF = Rule("ARZ216", E, "a $ref leads nowhere")
DANGLING_SCHEMA = Rule("ARZ217", W, "a $ref of a schema leads nowhere, any value is accepted")
MISSING_PARAMETER = Rule("ARZ221", E, "an operation needs a parameter that the step does not give")
UNKNOWN_PARAMETER = Rule("ARZ222", W, "an operation declares no such parameter")
CONTENT_TYPE = Rule("ARZ223", E, "the content type of a request body cannot be chosen")
UNEXPECTED_BODY = Rule("ARZ224", W, "a request body where the operation or method expects none")
MISSING_INPUT = Rule("ARZ225", E, "a workflow needs an input that its caller does not give")
UNKNOWN_WORKFLOW_INPUT = Rule("ARZ226", W, "a workflow declares no such input")
DEPENDENCY_INPUT = Rule("ARZ227", W, "a workflow needs an input that the one which depends on it does not have")

# Names
UNKNOWN_STEP = Rule("ARZ301", E, "no step has that stepId")
UNKNOWN_WORKFLOW = Rule("ARZ302", E, "no workflow has that workflowId")
UNKNOWN_OUTPUT = Rule("ARZ303", E, "no output has that name")
UNKNOWN_INPUT = Rule("ARZ304", E, "no input has that name")
UNKNOWN_COMPONENT = Rule("ARZ305", E, "no component has that name")
UNKNOWN_PROPERTY = Rule("ARZ306", W, "the schema has no such property")

# Expressions and conditions
BAD_EXPRESSION = Rule("ARZ401", E, "not a runtime expression")
BAD_CONDITION = Rule("ARZ402", E, "not a condition")
BAD_JSONPATH = Rule("ARZ403", E, "not a JSONPath query")
BAD_REGEX = Rule("ARZ404", E, "not a regular expression")
BAD_XPATH = Rule("ARZ405", E, "not an XPath expression")
NOT_AVAILABLE = Rule("ARZ406", E, "an expression has no value where it stands")
BAD_POINTER = Rule("ARZ407", E, "not a JSON Pointer")
BAD_SCHEMA = Rule("ARZ408", E, "a JSON Schema cannot be used")
NOT_CHECKED = Rule("ARZ409", W, "a keyword of a JSON Schema is not checked", E)

# Dialects of real documents: accepted with the rewrite, refused under --strict
WITHOUT_BRACES = Rule("ARZ451", W, "an expression within a string stands without braces", E)
COMPARISON_AS_JSONPATH = Rule("ARZ452", W, "a comparison stands where a JSONPath query belongs", E)
DOTTED = Rule("ARZ453", W, "a value is navigated with dots instead of a JSON Pointer", E)
DOUBLE_QUOTES = Rule("ARZ454", W, "a string in a condition stands in double quotes", E)
LITERAL_DOLLAR = Rule("ARZ455", W, "text that looks like an expression is sent as it stands")
SUCCESS_RETRY = Rule("ARZ456", W, "a success action has the type retry", E)
OUTPUT_NAME = Rule("ARZ457", W, "an output's name holds characters outside [A-Za-z0-9._-]", E)
PLAIN_OUTPUT = Rule("ARZ458", W, "an output is plain text, not an expression", E)

# The flow
POLL_WITHOUT_LIMIT = Rule("ARZ501", W, "a step repeats itself without delay or limit of its own")
UNHANDLED_VALUES = Rule("ARZ502", W, "values of an enum are handled by no action")
CONSTANT_CONDITION = Rule("ARZ503", W, "a condition is always true or always false")
NEVER_HOLDS = Rule("ARZ504", W, "by the schema, a condition can never hold")
UNREACHABLE_STEP = Rule("ARZ505", W, "a step is never reached")
FORWARD_REFERENCE = Rule("ARZ506", E, "a value is used that no path has set")
DEPENDENCY_CYCLE = Rule("ARZ507", E, "a workflow or step depends on itself")
RECURSION = Rule("ARZ508", W, "a workflow calls itself")
DEPENDENCY = Rule("ARZ509", E, "a dependency cannot be met")
MAYBE_UNSET = Rule("ARZ510", W, "a value is used that not every path has set")
ENDLESS_LOOP = Rule("ARZ511", W, "a loop has no exit")
MERGED_ACTIONS = Rule("ARZ512", N, "actions of the workflow apply besides those of a step")
LETTER_CASE = Rule("ARZ513", N, "a comparison holds although the letter case differs")
BARE_VALUE = Rule("ARZ514", N, "a value that is no boolean stands for a condition")

# Limits of arazzoc
NOT_SUPPORTED = Rule("ARZ900", E, "arazzoc does not compile this yet")

RULES: tuple[Rule, ...] = tuple(value for value in globals().values() if isinstance(value, Rule))
