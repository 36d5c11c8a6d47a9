"""A template and terms for the tests of isolation."""

from __future__ import annotations

from validator.checks.isolation.surfaces import Place, Surface
from validator.checks.isolation.terms import Terms
from validator.findings import Location, Subject
from validator.sources.manifests import view
from validator.sources.reader import read
from validator.sources.text import SourceText
from validator.suite.cases import Case, Mode

TEMPLATE = """\
apiVersion: catalog.bubustack.io/v1alpha1
kind: EngramTemplate
metadata: {name: counter}
spec:
  version: 1.0.0
  image: acme/counter:1.0.0
  secretSchema:
    service: {required: true}
  configSchema:
    type: object
    properties:
      model: {type: string}
      tone: {enum: [plain, formal]}
      limit: {type: integer, minimum: 1, maximum: 1000}
      retries: {type: integer}
      code: {type: string, maxLength: 5}
  outputSchema:
    type: object
    properties:
      text: {type: string}
      words: {type: integer}
      items:
        type: array
        items:
          type: object
          properties:
            id: {type: string}
      model:
        type: string
        x-engram-derived-from: config.model
      about:
        type: object
        x-engram-derived-from: [config]
"""
SUBJECT = Subject("template", "counter", case="two words")


def template(text=TEMPLATE):
    return view(read(SourceText("Engram.yaml", text)).documents[0].root)


def terms(*allow, text=TEMPLATE):
    return Terms(template(text), SUBJECT, allow)


def case(mode=Mode.BATCH, **more):
    return Case("two words", mode, Location("engram-validate.yaml", 7, 7, 9, 1), **more)


def output(document):
    return (Surface(Place.OUTPUT, document),)


def told(findings):
    return [f"{finding.rule.code} {finding.evidence['path']}" for finding in findings]
