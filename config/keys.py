"""The keys of a settings schema: their types, defaults and meanings, in words."""

from dataclasses import dataclass
from enum import Enum
from typing import Any, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo


@dataclass(frozen=True, slots=True)
class Key:
    """One key. ``type``, ``default`` and ``meaning`` are words; ``needed``: it has no default."""

    path: str
    type: str
    default: str
    meaning: str
    needed: bool
    table: bool  # holds other keys


def keys_of(model: type[BaseModel], under: str = "") -> dict[str, Key]:
    """All keys of ``model`` by path, tables before what is in them."""
    found: dict[str, Key] = {}
    for name, info in model.model_fields.items():
        path, inner = under + name, _model_in(info.annotation)
        found[path] = Key(
            path,
            _type(info) if inner is None else _table(info.annotation),
            _default(info),
            info.description or (first_line(inner) if inner is not None else ""),
            info.is_required(),
            inner is not None,
        )
        if inner is not None:
            found |= keys_of(inner, f"{path}.")
    return found


def first_line(model: type[BaseModel]) -> str:
    """What a table is, by its docstring."""
    return (model.__doc__ or "").strip().splitlines()[0] if model.__doc__ else ""


def _model_in(annotation: Any) -> type[BaseModel] | None:
    """The settings table a field holds, alone or in a list."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for part in get_args(annotation) if (found := _model_in(part)) is not None), None)


def _table(annotation: Any) -> str:
    """In TOML's own marks: one table, one for each name, or a list of them."""
    match get_origin(annotation):
        case None:
            return "table [ ]"
        case origin if origin is dict:
            return "table [ .name ]"
        case origin if origin is tuple:
            return "table [[ ]]"
        case _:  # it or nothing
            return next(_table(part) for part in get_args(annotation) if _model_in(part) is not None)


def _type(info: FieldInfo) -> str:
    limits = [str(m).split("(")[-1].rstrip(")") for m in info.metadata if _is_limit(str(m))]
    return _said(info.annotation) + (f" ({', '.join(limits)})" if limits else "")


def _is_limit(metadata: str) -> bool:
    return "=" in metadata and "pattern" not in metadata and "func" not in metadata


def _said(annotation: Any) -> str:
    if annotation is type(None):
        return "unset"
    if isinstance(annotation, type) and not get_args(annotation):
        return annotation.__name__.lower()
    arguments = [a for a in get_args(annotation) if a is not ...]
    if get_origin(annotation) is tuple:
        return f"list of {_said(arguments[0])}"
    if arguments and all(isinstance(a, str) for a in arguments):
        return " / ".join(f"`{a}`" for a in arguments)
    return " or ".join(_said(a) for a in arguments if not isinstance(a, Enum) and _is_type(a))


def _is_type(argument: Any) -> bool:
    return isinstance(argument, type) or get_origin(argument) is not None


def _default(info: FieldInfo) -> str:
    if info.is_required():
        return "**needed**"
    value = info.get_default(call_default_factory=True)
    if isinstance(value, BaseModel):
        return "see below"
    if value is None or value in ((), "", {}):
        return "unset"
    if isinstance(value, tuple):
        return ", ".join(f"`{item}`" for item in value)
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"
