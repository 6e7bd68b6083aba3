"""The MQTT topic reference, generated from ``topics`` and the payloads' schemas."""

import inspect

from hall.wire import topics
from hall.wire.messages import Answer, Call, HallView, ServiceState, WindowView

PAYLOADS: dict[str, type[Answer] | None] = {
    "hall_state": ServiceState,
    "hall_view": HallView,
    "calls": Call,
    "window": WindowView,
    "ping": None,
}

INTRO = """# MQTT topics

Generated from `hall/wire/`; a test keeps it true. `k/1` names product and protocol version. Payloads are JSON in
UTF-8 with `v`; a reader ignores fields it does not know. Only the hall writes; everybody else reads. The broker is a
cache: the hall publishes everything again after each connection.
"""


def reference() -> str:
    """The whole reference as Markdown."""
    parts = [INTRO, "\n| topic | what |\n|---|---|\n"]
    functions = {
        n: f for n, f in inspect.getmembers(topics, inspect.isfunction) if f.__module__ == topics.__name__
    }
    for name in PAYLOADS:
        function = functions[name]
        address = function(*("{" + p + "}" for p in inspect.signature(function).parameters))
        parts.append(f"| `{address}` | {inspect.getdoc(function)} |\n".replace("``", "`"))
    for kind in PAYLOADS.values():
        if kind is not None:
            parts.append(
                f"\n## {kind.__name__}\n\n{inspect.getdoc(kind)}\n\n| field | meaning |\n|---|---|\n"
            )
            parts += [f"| `{n}` | {f.description or ''} |\n" for n, f in kind.model_fields.items()]
    return "".join(parts)
