"""Rules: what is expected to differ between two customers. Pure.

A rule by replacement names a text of the source and the text that stands in its place in the
target. A rule by path covers everything that differs at a path, and below it.
"""

import hashlib
import re
from collections.abc import Iterable
from typing import Literal, NamedTuple, get_args

from workflow_mirror.compare.errors import InvalidRuleError
from workflow_mirror.errors import gettext_noop as _
from workflow_mirror.exact_json import dump

type Kind = Literal["host", "email", "id", "constant", "text", "prefix", "schedule", "path"]

HOST, EMAIL, ID, CONSTANT, TEXT, PREFIX, SCHEDULE, PATH = get_args(Kind.__value__)
KINDS: dict[Kind, str] = {
    HOST: _("Host"),
    EMAIL: _("Email address"),
    ID: _("ID"),
    CONSTANT: _("Global constant"),
    TEXT: _("Text"),
    PREFIX: _("Name prefix"),
    SCHEDULE: _("Schedule"),
    PATH: _("Path"),
}
REPLACEMENTS = frozenset({HOST, EMAIL, ID, CONSTANT, TEXT})
LONGEST = 500
_FORMS = {
    HOST: re.compile(r"[\w-]+(?:\.[\w-]+)*(?::\d{1,5})?"),
    EMAIL: re.compile(r"[^\s@]+@[^\s@]+"),
    ID: re.compile(r"\S+"),
    CONSTANT: re.compile(r"[\w.-]+"),
}


class Rule(NamedTuple):
    """`source` is the path of a rule by path; a schedule rule has neither text.

    The texts of a prefix may be empty, but not both.
    """

    kind: Kind
    source: str = ""
    target: str = ""

    @property
    def turned(self) -> "Rule":
        """The same rule for the comparison of the target with the source."""
        return self if self.kind == PATH else Rule(self.kind, self.target, self.source)


def checked(kind: str, source: str, target: str) -> Rule:
    """Raises InvalidRuleError."""
    if kind not in KINDS:
        raise InvalidRuleError(_("Unknown kind of rule"))
    rule = _cleaned(kind, source, target)
    if problem := _problem(rule):
        raise InvalidRuleError(problem)
    return rule


def _cleaned(kind: Kind, source: str, target: str) -> Rule:
    if kind == SCHEDULE:
        return Rule(SCHEDULE)
    if kind == PATH:
        return Rule(PATH, source.strip())
    # A prefix may end with a space: `Sandbox - `.
    strip = str.lstrip if kind == PREFIX else str.strip
    return Rule(kind, strip(source), strip(target))


def _problem(rule: Rule) -> str:
    """What is wrong with a rule; "" for nothing."""
    if any(len(text) > LONGEST or not text.isprintable() for text in rule[1:]):
        return _("A text of a rule has at most 500 characters and no control characters")
    if rule.kind == PATH and not rule.source.strip("*. "):
        return _("Enter a path, such as tasks.parameters.url")
    return "" if rule.kind in {SCHEDULE, PATH} else _problem_of_texts(rule)


def _problem_of_texts(rule: Rule) -> str:
    texts = [rule.source, rule.target]
    if rule.source == rule.target:
        return _("The two texts are the same")
    if rule.kind != PREFIX and not all(texts):
        return _("Enter the text of both customers")
    form = _FORMS.get(rule.kind)
    if form and not all(map(form.fullmatch, texts)):
        return _("These texts do not fit the kind of the rule")
    return ""


def hash_of_rules(rules: Iterable[Rule]) -> str:
    """The same for the same rules in any order."""
    return hashlib.sha256(dump(sorted(map(list, set(rules))))).hexdigest()
