"""Finds fields in answers of the platform that the package does not declare."""

from __future__ import annotations

import dataclasses
import re


def unknown_in(*answers) -> list[str]:
    found = []
    for answer in answers:
        values = {one.name: getattr(answer, one.name) for one in dataclasses.fields(answer) if one.name != "raw"}
        names = {re.sub("[A-Z]", lambda letter: "_" + letter[0].lower(), key): key for key in answer.raw}
        kind = type(answer).__name__
        found += [f"{kind}.{key}" for name, key in names.items() if name not in values]
        parts = [value for value in values.values() if dataclasses.is_dataclass(value)]
        found += unknown_in(*parts)
    return sorted(set(found))
