"""From JSON to dataclasses: ``camelCase`` to ``snake_case``, times to ``datetime``."""

from __future__ import annotations

from dataclasses import MISSING, dataclass, field, fields
from datetime import datetime
from typing import Any, Callable, Dict, List, Mapping, Tuple, Type, TypeVar, Union, get_args, get_origin, get_type_hints

from .errors import LoopspaceError

Convert = Callable[[Any], Any]
#: Of each field its name, its key in JSON, what makes the one of the other, and whether it has to be there.
Plan = List[Tuple[str, str, Convert, bool]]


@dataclass(frozen=True)
class Wired:
    """What came as a JSON object."""

    #: As it came, with what this version of the package does not know: plain, to be cached as JSON.
    raw: Mapping[str, Any] = field(repr=False, compare=False)


W = TypeVar("W", bound=Wired)
_plans: Dict[type, Plan] = {}


def parse_time(text: str) -> datetime:
    """An ISO 8601 time of the platform, in UTC."""
    # Python reads a Z from 3.11 on.
    time = datetime.fromisoformat(text.replace("Z", "+00:00"))
    if time.tzinfo is None:
        raise ValueError(f"{text!r} has no zone")
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
        # JSON has no difference of 1 and 1.0.
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
    """The object as one of these. Fields it does not know are in ``raw`` alone."""
    if not isinstance(wire, dict):
        raise LoopspaceError("UNEXPECTED_ANSWER", f"no {kind.__name__} came, but a {type(wire).__name__}")
    if kind not in _plans:
        _plans[kind] = _plan(kind)
    values = {}
    for name, key, convert, is_needed in _plans[kind]:
        if key in wire:
            try:
                values[name] = convert(wire[key])
            except (AttributeError, TypeError, ValueError) as error:
                raise LoopspaceError("UNEXPECTED_ANSWER", f"the {kind.__name__} has a strange {key}") from error
        elif is_needed:
            raise LoopspaceError("UNEXPECTED_ANSWER", f"the {kind.__name__} has no {key}")
    return kind(raw=wire, **values)
