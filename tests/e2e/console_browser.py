"""A real browser for the console: Chromium once a module, and a centre served on a port of its own."""

import contextlib
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import uvicorn
from fastapi import FastAPI
from playwright.sync_api import Browser, Page, sync_playwright

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@contextlib.contextmanager
def chromium() -> Iterator[Browser]:
    """Skips the test, with words, where there is none."""
    if not CHROMIUM.exists():
        pytest.skip("Chromium is not installed here: /usr/bin/chromium is missing")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=list(FLAGS), timeout=120_000)
        try:
            yield browser
        finally:
            browser.close()


@contextlib.contextmanager
def served(app: FastAPI, port: int) -> Iterator[str]:
    """``app`` on 127.0.0.1 until the end; its address."""
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=port, log_level="error"))
    thread = threading.Thread(target=server.run, name="console")
    thread.start()
    try:
        with contextlib.closing(_reached(port)):
            yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(20)


def sign_in(page: Page, url: str, name: str, password: str) -> None:
    """As people do, to the overview."""
    page.goto(f"{url}/sign-in")
    page.fill("[name=name]", name)
    page.fill("[name=password]", password)
    page.keyboard.press("Enter")
    page.wait_for_url("**/overview")


def leave(browser: Browser) -> None:
    """Close all pages: one that is left open asks the centre every two seconds, also beside the next test."""
    for context in browser.contexts:
        context.close()


def complaints(page: Page) -> list[str]:
    """Grows by what the browser complains of: errors of scripts, and what the page's policy forbids."""
    heard: list[str] = []
    page.on("pageerror", lambda error: heard.append(str(error)))
    page.on("console", lambda said: heard.append(said.text) if said.type == "error" else None)
    return heard


def _reached(port: int) -> socket.socket:
    """A connection to the server, once it listens."""
    waited = threading.Event()
    for _ in range(1200):  # a minute: only a failure waits so long
        with contextlib.suppress(OSError):
            return socket.create_connection(("127.0.0.1", port), timeout=1)
        waited.wait(0.05)
    raise AssertionError("the console did not come up")
