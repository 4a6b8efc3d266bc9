"""The rule table: every kind of diagnostic with its stable code. A code is never reused for another rule."""

from __future__ import annotations

from arazzoc.diagnostics import Rule, Severity

E, W, N = Severity.ERROR, Severity.WARNING, Severity.NOTE

# Reading files
UNREADABLE = Rule("ARZ001", E, "a file cannot be read")
NOT_UTF8 = Rule("ARZ002", E, "a file is not encoded in UTF-8")
SYNTAX = Rule("ARZ003", E, "a file is not valid YAML or JSON")
EMPTY = Rule("ARZ004", E, "a file is empty")
DUPLICATE_KEY = Rule("ARZ005", E, "an object has the same key twice")
TAG = Rule("ARZ006", E, "a YAML tag has no meaning in JSON")
TOO_LARGE = Rule("ARZ007", E, "a document is nested too deeply or expands to too much")

# The shape of the Arazzo document
NOT_ARAZZO = Rule("ARZ101", E, "the file is not an Arazzo document")
VERSION = Rule("ARZ102", E, "this version of Arazzo is not supported")
UNKNOWN_FIELD = Rule("ARZ103", E, "a field is not defined by the specification", hides=True)
MISSING_FIELD = Rule("ARZ104", E, "a required field is missing", hides=True)
WRONG_VALUE = Rule("ARZ105", E, "a field has a value of the wrong type or form", hides=True)
DUPLICATE_NAME = Rule("ARZ106", E, "a name that must be unique is used twice")
CONFLICT = Rule("ARZ107", E, "fields exclude each other, or one of several alternatives is missing", hides=True)
UNUSUAL_NAME = Rule("ARZ108", W, "an id contains characters outside [A-Za-z0-9_-]")
IGNORED = Rule("ARZ109", W, "a field has no effect")
MODULE_NAME = Rule("ARZ110", N, "a module of the document's name would shadow another")
INERT_FIELD = Rule("ARZ111", W, "a field that the specification does not define stands where none has an effect", E)
UNUSED_IGNORE = Rule("ARZ112", W, "x-arazzoc-ignore names a rule that has no finding there")

# Sources and operations
SOURCE_NOT_FOUND = Rule("ARZ201", E, "the file of a source description does not exist")
SOURCE_REMOTE = Rule("ARZ202", E, "a source is on the network or at an absolute path, and arazzoc reads neither")
SOURCE_KIND = Rule("ARZ203", E, "a source is a document of the wrong kind")
UNKNOWN_SOURCE = Rule("ARZ204", E, "no source description has this name")
SOURCE_MISMATCH = Rule("ARZ205", W, "the declared type of a source is not that of its document")
UNKNOWN_OPERATION = Rule("ARZ211", E, "no operation has this operationId or path")
AMBIGUOUS_OPERATION = Rule("ARZ212", E, "several sources have an operation with this operationId")
UNQUALIFIED_OPERATION = Rule("ARZ213", W, "an operationId does not name its source, and there are several sources", E)
OPERATION_PATH = Rule("ARZ214", E, "an operationPath is not valid")
OPERATION_PATH_FORM = Rule("ARZ215", W, "an operationPath is not in the form that the specification defines", E)
DANGLING_REF = Rule("ARZ216", E, "a $ref does not resolve", hides=True)
DANGLING_SCHEMA = Rule("ARZ217", W, "the $ref of a schema does not resolve, so any value is accepted")
DANGLING_PART = Rule("ARZ218", W, "the $ref of a part of an operation does not resolve", E)
MISSING_PARAMETER = Rule("ARZ221", E, "a step does not pass a parameter of the path")
UNKNOWN_PARAMETER = Rule("ARZ222", W, "the operation does not declare this parameter")
CONTENT_TYPE = Rule("ARZ223", E, "the content type of a request body is ambiguous")
UNEXPECTED_BODY = Rule("ARZ224", W, "a request body is sent where the operation or method expects none")
MISSING_INPUT = Rule("ARZ225", E, "a caller does not pass an input that the workflow requires")
UNKNOWN_WORKFLOW_INPUT = Rule("ARZ226", W, "the workflow does not declare this input")
DEPENDENCY_INPUT = Rule("ARZ227", W, "a workflow requires an input that a workflow which depends on it does not have")
NOT_GIVEN = Rule("ARZ228", W, "a step does not pass what the operation requires besides its path", E)
UNDEFINED_SCHEME = Rule("ARZ229", N, "an operation wants a security scheme that its document does not define")
RETRIED_POST = Rule("ARZ230", N, "a request that is not idempotent is sent again")

# The contract of requests
UNDECLARED_CONTENT = Rule("ARZ231", W, "the operation takes no body of this content type")
SENT_PROPERTY = Rule("ARZ232", W, "a property is sent that the schema does not have")
LACKS_PROPERTY = Rule("ARZ233", W, "a property that the schema requires is not sent")
SENT_TYPE = Rule("ARZ234", W, "a value is sent that is of another type than the schema wants")
SENT_VALUE = Rule("ARZ235", W, "a value is sent that the schema does not list")
SENT_LIMIT = Rule("ARZ236", W, "a value is sent that breaks a limit of the schema")
OPTIONAL_INPUT = Rule("ARZ237", N, "an input that may be absent is all that is given where a value is required")
BROKEN_JSON = Rule("ARZ238", W, "a payload is meant as JSON, and is not valid JSON")
DEPRECATED = Rule("ARZ239", N, "an operation, parameter or property is deprecated")

# The contract of responses
UNDECLARED_HEADER = Rule("ARZ241", W, "the response does not declare this header")
NO_SUCH_PART = Rule("ARZ242", W, "a pointer leads into a value that has no such parts")
NOTHING_SELECTED = Rule("ARZ243", W, "according to the schema, a query selects nothing")

# Names
UNKNOWN_STEP = Rule("ARZ301", E, "no step has this stepId")
UNKNOWN_WORKFLOW = Rule("ARZ302", E, "no workflow has this workflowId")
UNKNOWN_OUTPUT = Rule("ARZ303", E, "no output has this name")
UNKNOWN_INPUT = Rule("ARZ304", E, "no input has this name")
UNKNOWN_COMPONENT = Rule("ARZ305", E, "no component has this name", hides=True)
UNKNOWN_PROPERTY = Rule("ARZ306", W, "the schema does not declare this property")
COMPONENT_CYCLE = Rule("ARZ307", E, "a component refers to itself", hides=True)

# Expressions and conditions
BAD_EXPRESSION = Rule("ARZ401", E, "a runtime expression is not valid")
BAD_CONDITION = Rule("ARZ402", E, "a condition is not valid")
BAD_JSONPATH = Rule("ARZ403", E, "a JSONPath query is not valid")
BAD_REGEX = Rule("ARZ404", E, "a regular expression is not valid")
BAD_XPATH = Rule("ARZ405", E, "an XPath expression is not valid")
NOT_AVAILABLE = Rule("ARZ406", E, "an expression has no value at this point")
BAD_POINTER = Rule("ARZ407", E, "a JSON Pointer is not valid")
BAD_SCHEMA = Rule("ARZ408", E, "a JSON Schema cannot be used")
NOT_CHECKED = Rule("ARZ409", W, "a keyword of a JSON Schema is not checked", E)
UNDECLARED_REQUIRED = Rule("ARZ410", W, "the inputs require what they do not declare")

# Dialects of real documents: accepted with a warning that shows the rewrite, refused with --strict
WITHOUT_BRACES = Rule("ARZ451", W, "an expression inside a string is not wrapped in braces", E)
COMPARISON_AS_JSONPATH = Rule("ARZ452", W, "a jsonpath condition is a comparison, not a query", E)
DOTTED = Rule("ARZ453", W, "a value is navigated with dots instead of a JSON Pointer", E)
DOUBLE_QUOTES = Rule("ARZ454", W, "a string in a simple condition is in double quotes", E)
LITERAL_DOLLAR = Rule("ARZ455", W, "text that looks like an expression is sent as text", E)
SUCCESS_RETRY = Rule("ARZ456", W, "a success action has the type retry", E)
OUTPUT_NAME = Rule("ARZ457", W, "the name of an output contains characters outside [A-Za-z0-9._-]", E)
PLAIN_OUTPUT = Rule("ARZ458", W, "an output is plain text, not an expression", E)
PATTERN_FLAGS = Rule("ARZ459", W, "a regular expression has flags, or is wrapped in slashes", E)
IMPLIED_OUTPUT = Rule("ARZ460", W, "an output of a called workflow is read through a step that does not declare it", E)
WHOLE_OBJECT = Rule("ARZ461", W, "all inputs or outputs are read at once", E)
UNDECLARED_INPUT = Rule("ARZ465", W, "a workflow reads an input and declares none", E)
QUERY_OUTPUT = Rule("ARZ466", W, "an output is a JSONPath query in place of an expression", E)
HYPHENED_NAME = Rule("ARZ467", W, "a name with a hyphen stands after a dot in a JSONPath query", E)
REF_FORM = Rule("ARZ468", W, "a component is named with a JSON Pointer in place of an expression", E)
EMBEDDED_IN_SELECTOR = Rule("ARZ475", W, "an expression is embedded in the query of a Selector Object", E)

# Text that was meant as an expression
OTHER_TEMPLATE = Rule("ARZ471", W, "an expression is written as another language has it")
WITHOUT_DOLLAR = Rule("ARZ472", W, "an expression has no '$' before it")
OPERATOR = Rule("ARZ473", E, "an expression has an operator in it")

# The flow
POLL_WITHOUT_LIMIT = Rule("ARZ501", N, "a step repeats without a delay or limit of its own")
UNHANDLED_VALUES = Rule("ARZ502", W, "no action handles some values of an enum")
CONSTANT_CONDITION = Rule("ARZ503", W, "a condition is always true or always false")
NEVER_HOLDS = Rule("ARZ504", W, "according to the schema, a condition can never hold")
UNREACHABLE_STEP = Rule("ARZ505", W, "a step is never reached")
FORWARD_REFERENCE = Rule("ARZ506", E, "a value is used before any path can have set it")
DEPENDENCY_CYCLE = Rule("ARZ507", E, "a workflow or step depends on itself")
RECURSION = Rule("ARZ508", W, "a workflow calls itself")
DEPENDENCY = Rule("ARZ509", E, "a dependency is not completed in time")
MAYBE_UNSET = Rule("ARZ510", W, "a value is used that some path does not set")
ENDLESS_LOOP = Rule("ARZ511", W, "a loop has no exit")
MERGED_ACTIONS = Rule("ARZ512", N, "actions of the workflow apply in addition to those of a step")
LETTER_CASE = Rule("ARZ513", N, "a comparison ignores a difference in letter case")
BARE_VALUE = Rule("ARZ514", N, "a value that is not a boolean is used as a condition")
REORDERED = Rule("ARZ515", N, "steps run in another order than they are written, because of dependsOn")
NOT_JSON = Rule("ARZ516", W, "a pointer or query is applied to a body of another format")
UNDECLARED_STATUS = Rule("ARZ517", W, "a step asks for a status that the operation does not declare")
EXISTS_ONLY = Rule("ARZ518", W, "a query tests that a boolean is there, not its value")
NO_BODY = Rule("ARZ519", W, "the body of a response is read that has none")
TEXT_AS_NUMBER = Rule("ARZ520", N, "a text is compared with a number")
SHADOWED_ACTION = Rule("ARZ521", W, "an action leaves no case to those after it")
CONTRADICTION = Rule("ARZ522", W, "conditions never hold together")
FAILURE_LOOP = Rule("ARZ523", W, "a failed step is repeated without a limit")
LATER_OUTPUT = Rule("ARZ524", W, "a condition or output reads what a later step gives")
UNUSED = Rule("ARZ525", N, "something is declared that nothing uses")
READ_PAST = Rule("ARZ526", N, "an output of a called workflow is read past the step that calls it")
UNSEALED_SECRET = Rule("ARZ528", N, "a state does not hold a secret that a resumed run needs")
UNKEYED_REQUEST = Rule("ARZ529", N, "a request without an idempotency key runs on a durable engine")
UNUSED_OUTPUT = Rule("ARZ527", N, "nothing in the document reads an output of a step", is_off=True)

# The project: configuration, lock file, files that are written
CONFIGURATION = Rule("ARZ601", E, "the configuration is wrong")
LOCK = Rule("ARZ602", E, "the lock file is of a newer arazzoc, or not as arazzoc wrote it")
LOCK_MENDED = Rule("ARZ603", W, "the lock file is damaged, and is written anew")
OUTPUT = Rule("ARZ604", E, "a file would be written where none should be")

# Limits of arazzoc
NOT_SUPPORTED = Rule("ARZ900", E, "arazzoc does not support this yet")

RULES: tuple[Rule, ...] = tuple(value for value in globals().values() if isinstance(value, Rule))
BY_NAME = {name.lower().replace("_", "-"): value for name, value in list(globals().items()) if isinstance(value, Rule)}
"""The rules by their names: in kebab case, as in `arazzoc check --ignore poll-without-limit`."""


def name_of(rule: Rule) -> str:
    """The name of a rule."""
    return next(name for name, known in BY_NAME.items() if known.code == rule.code)


GROUPS = {
    "ARZ0": "Reading files",
    "ARZ1": "The shape of the document",
    "ARZ2": "Sources, operations and their contract",
    "ARZ3": "Names",
    "ARZ4": "Expressions, conditions, schemas, and dialects of them",
    "ARZ5": "The flow",
    "ARZ6": "The project",
    "ARZ9": "Limits of arazzoc",
}
"""The groups of rules, by what their codes begin with."""
