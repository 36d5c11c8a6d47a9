"""The least of an EngramTemplate, for tests that are about something else."""

from __future__ import annotations


def engram_template(name: str, *lines: str, modes: str = "job", comment: str = "") -> str:
    """With more `lines` of its `spec`, and a comment beside its name."""
    spec = (f"image: example.invalid/{name}:1", f"supportedModes: [{modes}]", *lines)
    return f"""\
apiVersion: catalog.bubustack.io/v1alpha1
kind: EngramTemplate
metadata: {{name: {name}}}{comment}
spec:
""" + "".join(f"  {line}\n" for line in spec)
