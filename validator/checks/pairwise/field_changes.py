"""The fields of an EngramTemplate other than its schemas: which change of each breaks whom.

Source: templating.md, section 12 (EngramTemplate: supportedModes, secretSchema, image, version); hub.md, images.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType

from validator.checks.pairwise.versions import announces_break, is_lower
from validator.findings import Finding, Path, Related, Rule, Severity, Suggestion
from validator.rules import pairwise as rules
from validator.rules.names import listed
from validator.sources.manifests import EngramTemplate, Secret

FieldRule = Callable[[EngramTemplate, EngramTemplate], Iterator[Finding]]


def broken_promise(
    rule: Rule, old: EngramTemplate, new: EngramTemplate, path: Path, advice: str = "", **facts: str
) -> Finding:
    """A finding at a field of the new version, with the line of the old one. A break that is announced is a warning.

    `advice` says what to do, where that is something else than for other promises.
    """
    announced = announces_break(old.version, new.version) and rule.severity is Severity.ERROR
    before = old.node.at(path).location
    return rule.at(
        new.node.at(path).location,
        new.subject,
        anchor=(*path, *facts.values()),
        suggestion=Suggestion(advice or "keep what was promised, or release this as a breaking version"),
        related=[Related(before, f"version {old.version}")],
        severity=Severity.WARNING if announced else None,
        template=new.name,
        version=old.version,
        **facts,  # type: ignore[arg-type]  # facts of the message; none has the name of a parameter
    )


def free(old: EngramTemplate, new: EngramTemplate) -> Iterator[Finding]:
    """Nobody relies on what the field was."""
    yield from ()


def modes(old: EngramTemplate, new: EngramTemplate) -> Iterator[Finding]:
    """An Engram of a mode that is no longer supported is refused; one more breaks nobody."""
    for mode in old.supported_modes:
        if mode not in new.supported_modes:
            yield broken_promise(rules.WITHDRAWN_MODE, old, new, ("spec", "supportedModes"), mode=mode)


def version(old: EngramTemplate, new: EngramTemplate) -> Iterator[Finding]:
    """A version goes up, and one version is one thing."""
    if is_lower(new.version, old.version):
        problem = f"has version {new.version}, lower than the released {old.version}"
    elif new.version == old.version and _promises(old) != _promises(new):
        same = f"has the same version, {new.version}" if new.version else "neither has a version"
        problem = f"differs from the released one, but {same}"
    else:
        return
    advice = f"give it a version above {old.version}" if old.version else "give it a version"
    yield broken_promise(rules.VERSION_ORDER, old, new, ("spec", "version"), advice, problem=problem)


def image(old: EngramTemplate, new: EngramTemplate) -> Iterator[Finding]:
    """Another image is what a version is for; without one, nothing can be started."""
    if old.image and not new.image:
        yield broken_promise(rules.LOST_IMAGE, old, new, ("spec", "image"))


def secrets(old: EngramTemplate, new: EngramTemplate) -> Iterator[Finding]:
    """Engrams map secrets by name: whoever was right has to stay so."""
    before, after = old.secrets, new.secrets
    for name in before:
        if name not in after:
            yield _secret(old, new, name, "is no longer declared")
    for name, secret in after.items():
        for each in SECRET_FIELDS.values():
            for problem in each(before.get(name), secret):
                yield _secret(old, new, name, problem)


def _secret(old: EngramTemplate, new: EngramTemplate, name: str, problem: str) -> Finding:
    path = ("spec", "secretSchema", name)
    return broken_promise(rules.CHANGED_SECRET, old, new, path, secret=name, problem=problem)


SecretRule = Callable[[Secret | None, Secret], Iterator[str]]
"""What is wrong with a secret that is new (None) or changed."""


def _required(old: Secret | None, new: Secret) -> Iterator[str]:
    if new.required and (old is None or not old.required):
        yield "is required now"


def _keys(old: Secret | None, new: Secret) -> Iterator[str]:
    more = [key for key in new.expected_keys if old is not None and key not in old.expected_keys]
    if more:
        yield f"has to hold {listed(more)} now"


def _private(old: Secret | None, new: Secret) -> Iterator[str]:
    """How a secret reaches the engram is between the template and its own image."""
    yield from ()


SECRET_FIELDS: Mapping[str, SecretRule] = MappingProxyType(
    {
        "required": _required,
        "expectedKeys": _keys,
        "description": _private,
        "mountType": _private,
        "envPrefix": _private,
        "mountPath": _private,
    }
)
"""The rule of change for each field of an entry of `secretSchema`."""

FIELDS: Mapping[str, FieldRule] = MappingProxyType(
    {
        "version": version,
        "supportedModes": modes,
        "secretSchema": secrets,
        "image": image,
        "description": free,
        "declaredOutputKeys": free,  # advisory: outputSchema is what promises
        "execution": free,  # how a cluster runs it, which an Engram may override
    }
)
"""The rule of change for each field of `spec` that is no schema; those are in `evolution`."""


def _promises(template: EngramTemplate) -> object:
    spec = template.spec.value if template.spec is not None else None
    return {key: value for key, value in spec.items() if key != "description"} if isinstance(spec, dict) else spec
