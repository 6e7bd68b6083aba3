"""Pictures of the ops console in a real browser, where one and its driver are at hand; without them none, said once."""

import shutil
from types import TracebackType
from typing import Any, Self

from tongyuan.touring import Guide

FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
WIDTH, HEIGHT = 1440, 900


class ConsolePictures:
    """Signs ``name`` in at ``url`` and keeps the browser until it is left."""

    def __init__(self, url: str, name: str, password: str, guide: Guide) -> None:
        self._url, self._name, self._password, self._guide = url, name, password, guide
        self._driver: Any = None
        self._page: Any = None

    def __enter__(self) -> Self:
        browser = shutil.which("chromium")
        try:
            from playwright.sync_api import sync_playwright
        except ImportError:
            browser = None
        if browser is None:
            self._guide.say("没有浏览器，不拍运维控制台 no browser here: no pictures of the console")
            return self
        self._driver = sync_playwright().start()
        chromium = self._driver.chromium.launch(executable_path=browser, args=list(FLAGS))
        self._page = chromium.new_page(viewport={"width": WIDTH, "height": HEIGHT}, locale="zh-CN")
        self._page.goto(f"{self._url}/")
        self._page.fill("input[name=name]", self._name)
        self._page.fill("input[name=password]", self._password)
        self._page.press("input[name=password]", "Enter")
        self._page.wait_for_url("**/overview")
        return self

    def shot(self, path: str, title: str) -> None:
        """A picture of the page at ``path``, if there is a browser."""
        if self._page is not None:
            self._page.goto(f"{self._url}{path}")
            self._guide.keep(self._page.screenshot(full_page=True), title)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._driver is not None:
            self._page.context.browser.close()
            self._driver.stop()
