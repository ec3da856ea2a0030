"""What trackers call the columns of their exports: one small file for each, in the folder `presets`."""

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Any

from shared.text import folded

FOLDER = Path(__file__).parent / "presets"
STATUSES = FOLDER.parent / "statuses.toml"
ROLES = ("title", "jira_id", "description", "status", "resolution", "done_if")
"""What a column may be for; a task is done if a column of `done_if` holds something, such as a date."""

FIRST_ONLY = frozenset({"jira_id", "description", "resolution"})
Form = str
"""`csv` or `json`."""


@dataclass(frozen=True, slots=True)
class Preset:
    """`columns` are the names for each role, folded, and `own` those that are not of another preset like it.

    `items` is the path to the list in a JSON document, such as `data.issues`. `status_names` is the field
    with the list that gives names to the ids in the status column. `also` are further fields of a JSON
    export; if there are any, a field that is not among them is an error.
    """

    name: str
    forms: tuple[Form, ...]
    columns: Mapping[str, tuple[str, ...]]
    own: frozenset[str]
    items: str | None = None
    status_names: str | None = None
    also: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class Columns:
    """The places of a file's columns by role; `names` are its header."""

    preset: str
    names: tuple[str, ...]
    places: Mapping[str, tuple[int, ...]]
    strange_places: frozenset[int] = frozenset()

    def name(self, role: str) -> str | None:
        """The header of a role's column."""
        places = self.places.get(role)
        return self.names[places[0]] if places else None

    @property
    def strange(self) -> list[str]:
        """Fields of JSON that the preset doesn't know."""
        return [self.names[place] for place in sorted(self.strange_places)]

    @property
    def unread(self) -> list[str]:
        used = {place for places in self.places.values() for place in places}
        return list(
            dict.fromkeys(name for place, name in enumerate(self.names) if place not in used and name)
        )


def fold(name: str) -> str:
    return " ".join(folded(name).split())


@cache
def all_presets() -> Sequence[Preset]:
    files = {path.stem: _loaded(path) for path in sorted(FOLDER.glob("*.toml"))}
    return [_preset(data, files.get(data.get("like", ""))) for data in files.values()]


def _loaded(path: Path) -> Mapping[str, Any]:
    return tomllib.loads(path.read_text(encoding="utf-8"))


def _preset(data: Mapping[str, Any], like: Mapping[str, Any] | None) -> Preset:
    """A translation may be of some columns only: the others have the names of the preset like it."""
    own = _names(data)
    others = _names(like) if like else {}
    also = data.get("also")
    return Preset(
        name=data["name"],
        forms=tuple(data["forms"]),
        columns={role: tuple(dict.fromkeys((*own[role], *others.get(role, ())))) for role in ROLES},
        own=frozenset(chain.from_iterable(own.values())),
        items=data.get("items"),
        status_names=data.get("status_names"),
        also=None if also is None else frozenset(map(fold, also)),
    )


def _names(data: Mapping[str, Any]) -> Mapping[str, tuple[str, ...]]:
    return {role: tuple(map(fold, data["columns"].get(role, ()))) for role in ROLES}


@cache
def _statuses() -> Mapping[str, frozenset[str]]:
    return {name: frozenset(map(fold, words)) for name, words in _loaded(STATUSES).items()}


def find_columns(
    form: Form, names: Sequence[str], mapped: Mapping[str, str], items: str | None = None
) -> Columns | None:
    """The columns by the preset that knows most of them, or as mapped; None if none is the title."""
    present = _places(names)
    asked = {role: fold(column) for role, column in mapped.items()}
    best: Columns | None = None
    most = (0, 0)
    for preset in all_presets():
        if form not in preset.forms or preset.items != items:
            continue
        places = _matched(preset, present, asked)
        fit = len(places), len(preset.own & present.keys())
        if "title" in places and fit > most:
            most = fit
            best = Columns(preset.name, tuple(names), places, _strange(preset, present, places, asked))
    return best


def _places(names: Sequence[str]) -> Mapping[str, tuple[int, ...]]:
    """An export repeats a column for each value."""
    found: dict[str, tuple[int, ...]] = {}
    for place, name in enumerate(names):
        found[fold(name)] = (*found.get(fold(name), ()), place)
    return found


def _matched(
    preset: Preset, present: Mapping[str, tuple[int, ...]], asked: Mapping[str, str]
) -> dict[str, tuple[int, ...]]:
    """The places by role: of an id and a description the first column that a preset names, else all."""
    places: dict[str, tuple[int, ...]] = {}
    taken = set(asked.values())
    for role, words in preset.columns.items():
        known = [asked[role]] if role in asked else [word for word in words if word not in taken]
        found = [present[word] for word in known if word in present]
        if found:
            places[role] = found[0] if role in FIRST_ONLY else sum(found, ())
    return places


def _strange(
    preset: Preset,
    present: Mapping[str, tuple[int, ...]],
    places: Mapping[str, tuple[int, ...]],
    asked: Mapping[str, str],
) -> frozenset[int]:
    if preset.also is None or asked:
        return frozenset()
    used = {place for some in places.values() for place in some}
    return frozenset(
        some[0] for name, some in present.items() if name not in preset.also and some[0] not in used
    )


def titles_needed(form: Form) -> str:
    """The names of the title that presets know, in a few words."""
    return (
        '"Summary" or "Title", or its name in the language of a Jira export' if form == "csv" else '"title"'
    )


def is_done(statuses: Iterable[str | None], resolution: str | None, done_if: Iterable[str | None]) -> bool:
    """Whether the old tracker calls it done or cancelled."""
    words = _statuses()
    if any(status and fold(status) in words["done"] for status in statuses):
        return True
    if resolution and fold(resolution) not in words["unresolved"]:
        return True
    return any(value and fold(value) not in words["no"] for value in done_if)
