"""Loaded by every Python process of a canary's run: answers what its live objects still refer to.

Only for tests: processes find it through PYTHONPATH. A question names marks, the answer never repeats them: it says
what kinds of objects hold them, from the one found up to what holds it. In a hall the guests of the embedded library
are the library's own and don't count.
"""

import contextlib
import gc
import json
import os
import sys
import threading
import types
from collections.abc import Iterator
from multiprocessing.connection import Connection, Listener

TEXTS = (str, bytes, bytearray)
UP = 7  # steps from what was found to what holds it
LIBRARY = "Kept"  # hall.certificates.records


def answer(question: dict[str, list[str]]) -> dict[str, object]:
    marks = [mark for mark in question["marks"] if len(mark) > 3]
    raw = [mark.encode(how) for mark in marks for how in ("utf-8", "utf-16-le", "gb18030")]
    settled = gc.get_freeze_count() > 0  # what lasts is frozen when all of it has been made
    gc.unfreeze()
    gc.collect()
    objects = gc.get_objects()
    frames = [frame for top in sys._current_frames().values() for frame in _stack(top)]
    mine = {id(marks), id(raw), id(question), id(objects), id(frames)}
    own = _closure([one for one in objects if type(one).__name__ == LIBRARY])
    found: dict[int, object] = {}
    told = {id(mark) for mark in (*marks, *raw)}
    for text in _holding(_texts(objects, frames), marks, raw):
        if id(text) not in own and id(text) not in told:
            found[id(text)] = text
    counts: dict[str, int] = {}
    for one in objects:
        name = f"{type(one).__module__}.{type(one).__qualname__}"
        if name in question["types"] and id(one) not in own:
            counts[name] = counts.get(name, 0) + 1
    hidden = {id(objects), id(found), *mine, id(locals())}
    chains = [_chain(text, hidden) for text in found.values()]
    return {"texts": [chain for chain in chains if chain is not None], "objects": counts, "settled": settled}


def _holding(
    texts: list[str | bytes | bytearray], marks: list[str], raw: list[bytes]
) -> Iterator[str | bytes | bytearray]:
    """Those with a mark in them. Many are looked at as one text: hardly any holds one, and there are a million."""
    for at in range(0, len(texts), 1000):
        some = texts[at : at + 1000]
        words = "\0".join(text for text in some if isinstance(text, str))
        data = b"\0".join(text for text in some if not isinstance(text, str))
        if _holds(words, marks, raw) or _holds(data, marks, raw):
            yield from (text for text in some if _holds(text, marks, raw))


def _holds(text: str | bytes | bytearray, marks: list[str], raw: list[bytes]) -> bool:
    if isinstance(text, str):
        return any(mark in text for mark in marks)
    return any(mark in text for mark in raw)


def _stack(frame: types.FrameType | None) -> list[types.FrameType]:
    out = []
    while frame is not None:
        if frame.f_code.co_filename != __file__:
            out.append(frame)
        frame = frame.f_back
    return out


def _texts(objects: list[object], frames: list[types.FrameType]) -> list[str | bytes | bytearray]:
    """Every text that something refers to; plain containers of texts are not the collector's, so it is asked of."""
    seen: dict[int, object] = {}
    tracked = {id(one) for one in objects}
    ask: list[object] = [*objects, *(frame.f_locals for frame in frames)]
    while ask:
        fresh: list[object] = []
        for one in _referents(ask):
            if id(one) in seen or id(one) in tracked:
                continue
            if isinstance(one, TEXTS):
                seen[id(one)] = one
            elif isinstance(one, (tuple, dict, list, set, frozenset)):
                seen[id(one)] = one
                fresh.append(one)
        ask = fresh
    return [one for one in seen.values() if isinstance(one, TEXTS)]


def _referents(objects: list[object]) -> Iterator[object]:
    for at in range(0, len(objects), 500):
        yield from gc.get_referents(*objects[at : at + 500])


def _closure(roots: list[object]) -> set[int]:
    """Identities of all that ``roots`` lead to."""
    seen = {id(one) for one in roots}
    ask = roots
    while ask:
        fresh = []
        for one in _referents(ask):
            if id(one) not in seen and not isinstance(one, (type, types.ModuleType)):
                seen.add(id(one))
                fresh.append(one)
        ask = fresh
    return seen


def _chain(text: object, hidden: set[int]) -> str | None:
    """Kinds of objects, from ``text`` up; None: nobody holds it any more but this search."""
    steps, here = [f"{type(text).__name__}[{len(text)}]"], text  # type: ignore[arg-type]
    hidden = {*hidden, id(text)}
    for _ in range(UP):
        holders = [
            one
            for one in gc.get_referrers(here)
            if id(one) not in hidden and not isinstance(one, types.FrameType)
        ]
        if not holders:
            break
        here = holders[0]
        hidden.add(id(here))
        steps.append(_told(here))
        if isinstance(here, (types.ModuleType, type)):
            break
    return " < ".join(steps)


def _told(one: object) -> str:
    name = getattr(one, "__qualname__", None) or getattr(one, "__name__", None)
    return f"{type(one).__qualname__}{f'({name})' if isinstance(name, str) else ''}"


def _serve(folder: str) -> None:
    with Listener(os.path.join(folder, f"{os.getpid()}.live"), family="AF_UNIX") as listener:
        while True:
            with contextlib.suppress(EOFError, OSError), listener.accept() as connection:
                _talk(connection)


def _talk(connection: Connection) -> None:
    try:
        told = json.dumps(answer(json.loads(connection.recv_bytes())))
    except Exception as error:  # noqa: BLE001  the test has to hear of it
        told = json.dumps({"error": repr(error)})
    connection.send_bytes(told.encode())


if folder := os.environ.get("TONGYUAN_CANARY"):
    threading.Thread(target=_serve, args=(folder,), name="canary", daemon=True).start()
