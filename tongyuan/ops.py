"""Somebody at the ops console, as a program: signs in with a password and uses the HTTP API, as the tour does."""

import time
from collections.abc import Callable, Mapping
from typing import Any

import requests

ENDED = ("done", "aborted")
ANSWER = 60.0  # seconds: a password is checked slowly, and on a busy machine more so


class OpsRefused(Exception):
    """The centre says no; ``code`` says why."""

    def __init__(self, code: str, status: int) -> None:
        super().__init__(f"{code} ({status})")
        self.code = code


class Ops:
    """One signed-in person. Raises OpsRefused where the centre refuses, RequestException without an answer."""

    def __init__(self, url: str, name: str, password: str) -> None:
        self._url = url.rstrip("/")
        self._session = requests.Session()
        self._session.trust_env = False
        self.post("/v1/session", {"name": name, "password": password})
        self._session.headers["X-CSRF-Token"] = str(self.get("/v1/session")["csrf"])

    def get(self, path: str, **query: Any) -> Any:
        return self._asked("GET", path, params=query)

    def post(self, path: str, body: Mapping[str, Any] | None = None) -> Any:
        return self._asked("POST", path, json=body or {})

    def put(self, path: str, body: Mapping[str, Any]) -> Any:
        return self._asked("PUT", path, json=body)

    def layer(self, kind: str, key: str = "") -> dict[str, Any]:
        """A layer as it is released: ``version`` and ``values``."""
        found: dict[str, Any] = self.get(f"/v1/layers/{kind}", key=key)
        return found

    def propose(
        self,
        title: str,
        kind: str,
        key: str,
        change: Mapping[str, Any],
        plan: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        """A submitted draft that lays ``change`` (whole tables) over one layer."""
        now = self.layer(kind, key)
        layer = {"kind": kind, "key": key, "base": now["version"], "values": {**now["values"], **change}}
        draft = self.post("/v1/drafts", {"title": title, "changes": [layer], "plan": plan})
        submitted: dict[str, Any] = self.post(
            f"/v1/drafts/{draft['id']}/submit", {"version": draft["version"]}
        )
        return submitted

    def approve(self, draft: Mapping[str, Any], *, start: bool = True) -> int:
        """Approve somebody else's draft and begin; the rollout's number (0: not begun)."""
        self.post(f"/v1/drafts/{draft['id']}/approve", {"version": draft["version"]})
        return int(self.post("/v1/rollouts", {"draft": draft["id"]})["id"]) if start else 0

    def rollout(self, number: int) -> dict[str, Any]:
        found: dict[str, Any] = self.get(f"/v1/rollouts/{number}")
        return found

    def ended(
        self, number: int, seconds: float, *, looked: Callable[[dict[str, Any]], None] | None = None
    ) -> str:
        """Wait for the end of a rollout: its state then, or as it is after ``seconds``."""
        until = time.monotonic() + seconds
        while True:
            now = self.rollout(number)
            if looked is not None:
                looked(now)
            if now["state"] in ENDED or time.monotonic() >= until:
                return str(now["state"])
            time.sleep(0.2)

    def _asked(self, method: str, path: str, **what: Any) -> Any:
        answer = self._session.request(method, self._url + path, timeout=ANSWER, **what)
        if not answer.ok:
            try:
                code = str(answer.json().get("code", ""))
            except ValueError:
                code = ""
            raise OpsRefused(code or f"http.{answer.status_code}", answer.status_code)
        return (
            answer.json()
            if answer.content and "json" in answer.headers.get("Content-Type", "")
            else answer.content
        )
