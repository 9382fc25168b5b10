"""Converts JSON to dataclasses: ``camelCase`` to ``snake_case``, times to ``datetime``."""

from __future__ import annotations

from dataclasses import MISSING, dataclass, field, fields
from datetime import datetime
from typing import Any, Callable, Dict, List, Mapping, Tuple, Type, TypeVar, Union, get_args, get_origin, get_type_hints

from .errors import LoopspaceError

Convert = Callable[[Any], Any]
#: For each field: its name, its key in JSON, the converter of its value, and whether the key is required.
Plan = List[Tuple[str, str, Convert, bool]]


@dataclass(frozen=True)
class Wired:
    """An object of a response."""

    #: The JSON object as it was received, including fields that this version of the package does not know. It can be
    #: cached as JSON.
    raw: Mapping[str, Any] = field(repr=False, compare=False)


W = TypeVar("W", bound=Wired)
_plans: Dict[type, Plan] = {}


def parse_time(text: str) -> datetime:
    """Parses an ISO 8601 time of the platform, which is in UTC."""
    # Before Python 3.11, fromisoformat does not accept Z.
    time = datetime.fromisoformat(text.replace("Z", "+00:00"))
    if time.tzinfo is None:
        raise ValueError(f"{text!r} has no time zone")
    return time


def _same(value: Any) -> Any:
    return value


def _converter(hint: Any) -> Convert:
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Union:
        convert = _converter(arguments[0])
        return lambda value: None if value is None else convert(value)
    if origin is list:
        convert = _converter(arguments[0])
        return lambda values: [convert(value) for value in values]
    if hint is float:
        # JSON does not distinguish 1 from 1.0, so an integer becomes a float here.
        return float
    if hint is datetime:
        return parse_time
    if isinstance(hint, type) and issubclass(hint, Wired):
        kind = hint
        return lambda value: from_wire(kind, value)
    return _same


def _camel_case(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(word.capitalize() for word in others)


def _plan(kind: Type[Wired]) -> Plan:
    hints = get_type_hints(kind)
    return [
        (
            one.name,
            _camel_case(one.name),
            _converter(hints[one.name]),
            one.default is MISSING and one.default_factory is MISSING,
        )
        for one in fields(kind)
        if one.name != "raw"
    ]


def from_wire(kind: Type[W], wire: Any) -> W:
    """Converts a JSON object to a ``kind``. Unknown fields are only in ``raw``. Raises ``UNEXPECTED_ANSWER``."""
    if not isinstance(wire, dict):
        raise LoopspaceError("UNEXPECTED_ANSWER", f"expected {kind.__name__}, got {type(wire).__name__}")
    if kind not in _plans:
        _plans[kind] = _plan(kind)
    values = {}
    for name, key, convert, is_needed in _plans[kind]:
        if key in wire:
            try:
                values[name] = convert(wire[key])
            except (AttributeError, TypeError, ValueError) as error:
                raise LoopspaceError("UNEXPECTED_ANSWER", f"{kind.__name__} has an invalid {key}") from error
        elif is_needed:
            raise LoopspaceError("UNEXPECTED_ANSWER", f"{kind.__name__} has no {key}")
    return kind(raw=wire, **values)
