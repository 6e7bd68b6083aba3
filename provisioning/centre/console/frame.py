"""Draws pages: templates, words, icons and the frame around every page. Knows no table and no business."""

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Any
from urllib.parse import urlencode, urlsplit
from zoneinfo import ZoneInfo

from fastapi import Response
from fastapi.responses import HTMLResponse, RedirectResponse
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from provisioning.centre.api.door import PARTS, Call
from provisioning.centre.api.problems import Rejected, problem_of
from provisioning.centre.console import charts
from provisioning.centre.console.icons import icon, icon_font
from provisioning.centre.console.wording import LANGUAGES, Words, table
from provisioning.centre.rights import Right

LANGUAGE_COOKIE = "tongyuan-language"
_PASSING = ("told", "fault", PARTS)
_CODE = re.compile(r"[a-z0-9_.-]{1,64}")


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the menu."""

    name: str
    href: str
    icon: str
    right: Right = "see"


MENU: tuple[tuple[Entry, ...], ...] = (
    (
        Entry("overview", "/overview", "view-dashboard-outline"),
        Entry("terminals", "/terminals", "monitor-multiple"),
        Entry("alerts", "/alerts", "bell-outline"),
        Entry("halls", "/halls", "office-building-outline"),
        Entry("groups", "/groups", "tag-multiple-outline"),
    ),
    (
        Entry("drafts", "/drafts", "file-document-edit-outline"),
        Entry("rollouts", "/rollouts", "rocket-launch-outline"),
        Entry("enrolment", "/enrolment", "qrcode-plus", "enrol"),
    ),
    (
        Entry("audit", "/audit", "clipboard-text-clock-outline"),
        Entry("broker", "/broker", "heart-pulse"),
        Entry("people", "/people", "account-group-outline", "admin"),
        Entry("keys", "/keys", "key-outline", "admin"),
        Entry("hooks", "/hooks", "webhook", "admin"),
        Entry("help", "/help", "help-circle-outline"),
    ),
)


class Frame:
    """``now``: UTC seconds since 1970. ``zone``: of the wall that the times on all pages are for."""

    def __init__(self, now: Callable[[], float], zone: ZoneInfo) -> None:
        self.now, self.zone = now, zone
        self._words = {language: Words(language, table(language), zone) for language in LANGUAGES}
        self._env = Environment(
            loader=PackageLoader("provisioning.centre.console"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._env.globals.update(
            icon=_icon, asset=asset, meter=charts.meter, bars=charts.bars, lines=charts.lines
        )
        self._env.filters["pretty"] = lambda value: json.dumps(
            value, ensure_ascii=False, indent=2, sort_keys=True
        )
        self._env.filters["n"] = "{:,}".format
        self._env.filters["json"] = lambda value: json.dumps(value, ensure_ascii=False)
        self._ui = {
            language: self._env.get_template("ui.html").make_module({"t": words})
            for language, words in self._words.items()
        }

    def words(self, call: Call) -> Words:
        """In the language of the cookie, else of the account, else of the browser."""
        asked = call.request.cookies.get(LANGUAGE_COOKIE, "")
        return self._words[asked if asked in LANGUAGES else call.language]

    def names(self, call: Call, halls: Iterable[Any]) -> dict[str, str]:
        """Of halls by id, in the language of the page."""
        words = self.words(call)
        return {hall.id: words.either(hall.name, hall.name_en) for hall in halls}

    def show(self, call: Call, template: str, status: int = 200, **values: Any) -> Response:
        """The page; or, asked for by its script, some blocks of it as JSON."""
        words = self.words(call)
        actor = call.session.actor if call.session else None
        url = call.request.url
        path = f"{url.path}?{url.query}" if url.query else url.path
        context = {
            "t": words,
            "ui": self._ui[words.language],
            "now": self.now(),
            "actor": actor,
            "may": actor.may if actor else lambda right: False,
            "shown": call.session.shown if call.session else "",
            "csrf": call.session.csrf if call.session else "",
            "menu": tuple(tuple(e for e in part if actor and actor.may(e.right)) for part in MENU),
            "path": path,
            "here": url.path,
            "query": call.request.query_params,
            "link": lambda **changes: linked(url.path, call.request.query_params.multi_items(), changes),
            "told": _told(words, call.request.query_params),
            "fault": _fault(words, call.request.query_params),
            "ill": False,
            **values,
        }
        drawn = self._env.get_template(template)
        if asked := call.request.query_params.get(PARTS):
            inner = drawn.new_context(context)
            blocks = {
                name: "".join(drawn.blocks[name](inner)) for name in asked.split(",") if name in drawn.blocks
            }
            return Response(json.dumps(blocks, ensure_ascii=False), media_type="application/json")
        return HTMLResponse(drawn.render(context), status)

    def refused(self, call: Call, error: Rejected) -> Response:
        """A page that was refused says so in the frame, with its code and what to do; nothing typed is lost."""
        words, url = self.words(call), call.request.url
        if error.code == "auth.missing" and call.typed:
            fault = words("sign_in.ended")
            return self.show(call, "sign_in.html", 401, next=url.path, name="", fault=fault, typed=call.typed)
        problem = problem_of(error, words.language)
        about = (f"refused.{one}" for one in (error.code, problem.status))
        ill = problem.status >= 500
        response = self.show(
            call,
            "refused.html",
            problem.status,
            problem=problem,
            line=next((words(one) for one in about if one in words), ""),
            ill=ill,
            typed=call.typed,
            again=ill or problem.status == 429 or error.code == "auth.csrf",
            asked=call.request.method == "GET",
        )
        if "seconds" in error.facts:
            response.headers["Retry-After"] = error.facts["seconds"]
        return response


def back(to: str, told: str = "", *, fault: str = "", **facts: object) -> Response:
    """After a change: to the page that shows it (303), with a sentence or a code. ``to`` never leaves the console."""
    to = within(to)
    said = {"told": told} if told else {"fault": fault} if fault else {}
    said |= {f"told-{name}": str(value) for name, value in facts.items()}
    if said:
        to += ("&" if "?" in to else "?") + urlencode(said)
    return RedirectResponse(to, 303)


def within(to: str) -> str:
    """``to`` if it is an address of the console itself, else the overview; without an earlier sentence."""
    parts = urlsplit(to)
    if parts.scheme or parts.netloc or not to.startswith("/") or to.startswith(("//", "/\\")) or "\\" in to:
        return "/overview"
    kept = "&".join(one for one in parts.query.split("&") if one and not one.startswith(_PASSING))
    return f"{parts.path}?{kept}" if kept else parts.path


def linked(path: str, items: list[tuple[str, str]], changes: Mapping[str, object]) -> str:
    """The address of this page with some parameters changed; None or "" takes one away."""
    kept = [(k, v) for k, v in items if k not in changes and not k.startswith(_PASSING)]
    kept += [(k, str(v)) for k, v in changes.items() if v not in (None, "")]
    return f"{path}?{urlencode(kept)}" if kept else path


def _told(words: Words, query: Mapping[str, str]) -> str:
    """The sentence after a change: only words of ours, with plain facts in them."""
    key = f"told.{query.get('told', '')}"
    if key not in words:
        return ""
    facts = {
        name.removeprefix("told-"): value[:80] for name, value in query.items() if name.startswith("told-")
    }
    try:
        return words(key, **facts)
    except (KeyError, IndexError):
        return ""


def _fault(words: Words, query: Mapping[str, str]) -> str:
    """A code that a change ended with, in words."""
    code = query.get("fault", "")
    return words.code(code) if _CODE.fullmatch(code) else ""


def _icon(name: str) -> Markup:
    return Markup('<span class="i" aria-hidden="true">{}</span>').format(icon(name))


STATIC = {
    "console.css": "text/css",
    "console.js": "text/javascript",
    "icons.ttf": "font/ttf",
}


def static(name: str) -> bytes:
    """A file that the browser keeps. Raises KeyError."""
    STATIC[name]
    if name == "icons.ttf":
        return icon_font().read_bytes()
    return files("provisioning.centre.console").joinpath("static", name).read_bytes()


_VERSIONS: dict[str, str] = {}


def asset(name: str) -> str:
    """Its address, which changes with its content."""
    if name not in _VERSIONS:
        _VERSIONS[name] = hashlib.sha256(static(name)).hexdigest()[:12]
    return f"/static/{name}?v={_VERSIONS[name]}"
