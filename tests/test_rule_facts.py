"""Every finding is given the facts that the message of its rule asks for, also where no test makes that finding."""

import ast
import importlib
import pkgutil
import string
from collections import defaultdict
from pathlib import Path

import validator
from validator import rules
from validator.findings import Rule

ROOT = Path(validator.__file__).parent
FILES = sorted(path for path in ROOT.rglob("*.py") if "rules" not in path.relative_to(ROOT).parts)
MAKERS = {"at": 0, "say": 1}
"""What makes a finding: a method of the rule, or one that takes it first."""


def rules_by_constant():
    found = defaultdict(list)
    for module in pkgutil.iter_modules(rules.__path__, f"{rules.__name__}."):
        for name, value in vars(importlib.import_module(module.name)).items():
            if isinstance(value, Rule):
                found[name].append(value)
    return found


RULES = rules_by_constant()


def constant(node):
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def calls(tree):
    """Each call that makes a finding of a rule that stands there by name, with the facts that it gives by name."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute) or node.func.attr not in MAKERS:
            continue
        rule = node.func.value if node.func.attr == "at" else next(iter(node.args), None)
        given = {keyword.arg for keyword in node.keywords}
        if constant(rule) in RULES and None not in given:  # `**facts` may hold anything
            yield node.lineno, constant(rule), given


def fields(rule):
    return {name for _, name, _, _ in string.Formatter().parse(rule.message) if name}


def test_a_finding_has_the_facts_of_its_message():
    found = [(file, *call) for file in FILES for call in calls(ast.parse(file.read_text()))]
    wrong = [
        f"{file.relative_to(ROOT)}:{line}: {name} asks for {sorted(fields(RULES[name][0]))}, and gets {sorted(given)}"
        for file, line, name, given in found
        if not any(fields(rule) <= given for rule in RULES[name])
    ]
    assert wrong == []
    assert len(found) > 200
