"""Finds changes that break callers of a released HTTP API.

A caller written for the released document must still be able to send all that it could, and find in the
answers all that it did. Other changes need a higher major version.
Why not an existing tool: docs/decisions/0008-our-own-comparison-of-http-apis.md.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from infra.documents.schema_breaks import Comparison

Document = Mapping[str, Any]


def breaks(released: Document, current: Document) -> list[str]:
    """How the current document breaks callers of the released one; empty if it is compatible."""
    if _major(current) > _major(released):
        return []
    return list(_Change(released, current).breaks())


def _major(document: Document) -> int:
    return int(document["info"]["version"].partition(".")[0])


class _Change:
    def __init__(self, released: Document, current: Document) -> None:
        self.released, self.current = released, current
        before, after = (document["components"]["schemas"] for document in (released, current))
        self.sent = Comparison(takers=after, givers=before, of_an_answer=False)
        self.answered = Comparison(takers=before, givers=after, of_an_answer=True)

    def breaks(self) -> Iterator[str]:
        if self.released.get("security") != self.current.get("security"):
            yield "security: changed"
        for path, methods in self.released["paths"].items():
            for method, before in methods.items():
                after = self.current["paths"].get(path, {}).get(method)
                name = f"{method.upper()} {path}"
                if after is None:
                    yield f"{name}: removed"
                else:
                    yield from (f"{name} {reason}" for reason in self._operation(before, after))

    def _operation(self, before: Document, after: Document) -> Iterator[str]:
        if before.get("security") != after.get("security"):
            yield "security: changed"
        yield from self._parameters(_by_name(before), _by_name(after))
        yield from self._body(before.get("requestBody", {}), after.get("requestBody", {}))
        yield from self._answers(before["responses"], after["responses"])

    def _parameters(self, before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[str]:
        yield from (f"{name}: removed" for name in before if name not in after)
        for name, parameter in after.items():
            known = before.get(name, {})
            if parameter.get("required") and not known.get("required"):
                yield f"{name}: required, and was not"
            if known:
                yield from self.sent.refused(parameter["schema"], known["schema"], name)

    def _body(self, before: Document, after: Document) -> Iterator[str]:
        if after.get("required") and not before.get("required"):
            yield "body: required, and was not"
        yield from _contents(self.sent, after, before, "body", "is not taken any more")

    def _answers(self, before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[str]:
        """Error responses may change: `default` prepares a caller for any of them."""
        if _successes(before) != _successes(after):
            yield f"status: was {_successes(before)} and is {_successes(after)}"
        for status in sorted(before.keys() & after.keys()):
            yield from _contents(self.answered, before[status], after[status], status, "is not expected")


def _contents(
    comparison: Comparison, taker: Document, given: Document, name: str, reason: str
) -> Iterator[str]:
    takes = taker.get("content", {})
    for media_type, content in given.get("content", {}).items():
        if media_type not in takes:
            yield f"{name}: {media_type} {reason}"
        else:
            yield from comparison.refused(takes[media_type]["schema"], content["schema"], name)


def _by_name(operation: Document) -> dict[str, Any]:
    return {f"{each['in']} {each['name']}": each for each in operation.get("parameters", ())}


def _successes(answers: Mapping[str, Any]) -> str:
    return ", ".join(sorted(status for status in answers if status.startswith("2")))
