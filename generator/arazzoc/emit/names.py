"""Names of generated things: valid, readable, without collisions, under 60 characters, and the same on every run.

A name is taken apart into words and put together anew. Letters of every script are kept, as Python's identifiers are:
in the form NFKC. What nobody sees (zero-width and bidirectional characters, variation selectors) is dropped, so that
two names which look the same are the same, and are then told apart by a number.
"""

from __future__ import annotations

import builtins
import keyword
import re
import sys
import unicodedata
from collections.abc import Iterable

LONGEST = 59
# What step functions and annotations name themselves: an argument or field of that name would hide it.
_NEEDED = frozenset(
    (
        "any",
        "bool",
        "bytes",
        "dict",
        "float",
        "int",
        "isinstance",
        "len",
        "list",
        "self",
        "slice",
        "str",
        "tuple",
        "type",
    )
)
# Words over the shape of a text: U an upper-case letter, l or s another letter, d a digit, a space what separates.
# Digits belong to the letters before them, and so do the small letters that follow: v1beta2, sha256, i18n.
_WORD = re.compile(
    r"""
      UU+s(?![ls])                        # the plural of an acronym: IDs, APIs
    | Ud+U(?=U[ls]|[^Uls]|$)              # one letter, a number, one letter: B2B, I18N
    | U+d+[ls][lsd]*                      # H2o, V1beta2
    | U+d+                                # S3, ISO8601
    | U+(?=U[ls])                         # the acronym before a word: HTTP of HTTPStatus
    | U?[ls]+[lsd]*                       # a plain word
    | U+                                  # an acronym
    | d+(?:[ls][lsd]*|U+(?=U[ls]|[^ls]|$))?    # a number of its own, with the letters at it: 0, 3d, 2FA
    """,
    re.VERBOSE,
)
# What generated modules import, directly or not, beside the standard library.
_LIBRARIES = frozenset(
    (
        *("certifi", "chardet", "charset_normalizer", "elementpath", "idna", "requests", "urllib3"),
        *("dbos", "temporalio"),
    )
)
# Modules that other versions of Python have: a module is called the same whatever it is generated with.
_OTHER_VERSIONS = frozenset(
    (
        *("aifc", "annotationlib", "asynchat", "asyncore", "audioop", "cgi", "cgitb", "chunk", "compression", "crypt"),
        *("distutils", "imghdr", "imp", "lib2to3", "mailcap", "msilib", "nis", "nntplib", "ossaudiodev", "pipes"),
        *("profiling", "smtpd", "sndhdr", "spwd", "sunau", "telnetlib", "uu", "xdrlib"),
    )
)
_ONE_WORD = (("OAuth", "Oauth"), ("IPv4", "Ipv4"), ("IPv6", "Ipv6"))
# Letters and marks that take no room, though their category is not that of format characters (Cf).
_INVISIBLE = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\ufe00-\ufe0f\uffa0\U000e0000-\U000e0fff]")
# Accents that form no letter with the one before them: `x` and `x` with a dot are hard to tell apart.
_LONE_ACCENT = re.compile("[\u0300-\u036f]")


def words(text: str) -> list[str]:
    """The words of a name, however it joins them: by separators, by capitals."""
    plain = _visible(text)
    for spelled, word in _ONE_WORD:
        plain = re.sub(rf"(?<![A-Z]){spelled}", word, plain)
    shape = "".join(map(_kind, plain))
    return [plain[found.start() : found.end()] for found in _WORD.finditer(shape)]


def _visible(text: str) -> str:
    """The text as Python reads identifiers (NFKC), without what cannot be seen."""
    text = "".join(c for c in text if unicodedata.category(c) != "Cf")
    text = unicodedata.normalize("NFKC", _INVISIBLE.sub("", text))
    return unicodedata.normalize("NFKC", _LONE_ACCENT.sub("", _INVISIBLE.sub("", text)))


def _kind(character: str) -> str:
    """What a character is in a name: U, l, s or d, or a space where it separates words."""
    category = unicodedata.category(character)
    if category == "Nd":
        return "d"
    if category[0] not in "LMN" or not f"a{character}".isidentifier():
        return " "
    if character.isupper() or category == "Lt":
        return "U"
    return "s" if character == "s" else "l"


def snake_case(text: str, fallback: str = "value") -> str:
    """A name for arguments and attributes; it may be that of a builtin which generated code does not use."""
    name = _joined(text, fallback)
    return f"{name}_" if keyword.iskeyword(name) or name in _NEEDED else name


def function_name(text: str, fallback: str = "step") -> str:
    """A name for functions of the module: neither a keyword nor a builtin."""
    name = _joined(text, fallback)
    return f"{name}_{fallback}" if _is_reserved(name) else name


def _joined(text: str, fallback: str) -> str:
    name = _visible("_".join(word.lower() for word in words(text))) or fallback
    return shortened(name if name.isidentifier() else f"{fallback}_{name}")


def pascal_case(text: str, fallback: str = "Value") -> str:
    """A name for classes and types."""
    name = _visible("".join(word[:1].title() + word[1:].lower() for word in words(text))) or fallback
    name = shortened(name if name.isidentifier() else f"{fallback}{name}")
    return f"{name}_" if _is_reserved(name) else name


def shortened(name: str, longest: int = LONGEST) -> str:
    """The name without words from its middle, if it is too long: the first say whose it is, the last what it is.

    What is no identifier, such as the key of a case, is left alone.
    """
    if len(name) <= longest or not name.isidentifier():
        return name
    starts = [i for i in range(1, len(name)) if _starts_word(name, i)]
    head = max((i for i in starts if i <= longest // 3), default=0)
    tail = next((i for i in starts if i >= head and head + len(name) - i <= longest), None)
    return name[:longest].rstrip("_") if not head or tail is None else name[:head] + name[tail:]


def _starts_word(name: str, index: int) -> bool:
    return name[index] == "_" or (name[index].isupper() and not name[index - 1].isupper() and name[index - 1] != "_")


def module_name(file: str) -> tuple[str, str]:
    """The name of the module that a document compiles to, that of its file in snake case; and, where it cannot be that
    alone, why not.

    `openai-batch-job-workflow.yml` and `openai-batch-job.arazzo.yml` give `openai_batch_job`; `json.arazzo.yml` gives
    `json_workflow`, for `json` would be imported in place of that of the standard library.
    """
    stem = re.sub(r"\.(ya?ml|json)$", "", file, flags=re.I)
    shorter = re.sub(r"[._-](arazzo|workflows?)$", "", stem, flags=re.I)
    name = snake_case(shorter or stem, "workflow").rstrip("_")
    fault = module_fault(name)
    return (f"{name}_workflow", f"a module {name}.py {fault}") if fault else (name, "")


def module_fault(name: str) -> str:
    """What would be wrong with a module of this name; empty where nothing is."""
    folded = name.casefold()  # file systems may take no account of letter case
    if folded in _LIBRARIES:
        return f"would shadow the library {folded}"
    if folded in sys.stdlib_module_names or folded in _OTHER_VERSIONS:
        return f"would shadow the module {folded} of the standard library"
    if keyword.iskeyword(name):
        return f"could not be imported: {name} is a keyword"
    if keyword.issoftkeyword(name):
        return f"would be called like the keyword {name}"
    return f"would shadow the builtin {name}" if _is_reserved(name) else ""


def _is_reserved(name: str) -> bool:
    return keyword.iskeyword(name) or keyword.issoftkeyword(name) or hasattr(builtins, name)


class Names:
    """A set of names that are taken; each new one is told apart from them by a number."""

    def __init__(self, taken: Iterable[str] = ()) -> None:
        self.taken = set(taken)

    def add(self, name: str, *alternatives: str) -> str:
        """Take the name, or the first alternative that is free, or the name with a number; none is too long."""
        for candidate in map(shortened, (name, *alternatives)):
            if candidate not in self.taken:
                self.taken.add(candidate)
                return candidate
        base = (alternatives or (name,))[-1].rstrip("_")
        number = 2
        while (numbered := f"{shortened(base, LONGEST - len(str(number)) - 1)}_{number}") in self.taken:
            number += 1
        self.taken.add(numbered)
        return numbered
