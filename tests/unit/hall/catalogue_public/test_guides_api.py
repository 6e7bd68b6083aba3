"""The public JSON API: the same elements to the letter, with the version in every answer."""

import asyncio
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from hall.api.gate import Rejected
from hall.api.guides import MOST_WAITING, Guides
from hall.catalogue.model import Bundle, Guide
from tests.unit.hall.catalogue_public.asking import Asking
from tests.unit.hall.small_catalogue import BUNDLE, CARD, GUIDES, write_catalogue


class Shown:
    """Which file the hall shows; tests change it."""

    def __init__(self) -> None:
        self.path: Path | None = None


@pytest.fixture
def shown(tmp_path: Path) -> Shown:
    shown = Shown()
    shown.path = write_catalogue(tmp_path)
    return shown


@pytest.fixture
def guides(shown: Shown) -> Iterator[Guides]:
    guides = Guides(lambda: shown.path)
    yield guides
    guides.close()


@pytest.fixture
def client(guides: Guides) -> Asking:
    return Asking(guides)


def test_a_guide_is_given_whole_and_to_the_letter(client: Asking) -> None:
    answer = client.get("/v1/catalogue/guides/card").json()
    assert Guide.model_validate(answer["guide"]) == CARD
    assert [other["id"] for other in answer["elsewhere"]] == ["card-city"]


def test_a_bundle_is_given_whole(client: Asking) -> None:
    answer = client.get("/v1/catalogue/guides/shop").json()
    assert Bundle.model_validate(answer["bundle"]) == BUNDLE


@pytest.mark.parametrize(
    "path",
    [
        "about",
        "search?q=社保卡",
        "shelves/theme",
        "shelves/theme/entries?key=社会保障",
        "guides",
        "guides/card",
    ],
)
def test_every_answer_names_the_version(client: Asking, guides: Guides, path: str) -> None:
    response = client.get(f"/v1/catalogue/{path}")
    assert response.status_code == 200, response.text
    version = asyncio.run(guides.ask(lambda catalogue: catalogue.about.version))
    assert response.json()["version"] == response.headers["X-Catalogue-Version"] == version


def test_the_hall_finds_what_a_terminal_finds(client: Asking, guides: Guides) -> None:
    entries = client.get("/v1/catalogue/search", params={"q": "开饭店"}).json()["result"]["entries"]
    found = asyncio.run(guides.ask(lambda catalogue: catalogue.search("开饭店")))
    assert [entry["id"] for entry in entries] == [entry.id for entry in found.entries]


def test_the_feed_of_whole_pages_leaves_none_out_and_gives_none_twice(client: Asking) -> None:
    ids, after = [], ""
    while True:
        answer = client.get("/v1/catalogue/guides", params={"after": after, "limit": 2}).json()
        ids += [(page.get("guide") or page["bundle"])["id"] for page in answer["pages"]]
        after = answer.get("after", "")
        if not after:
            break
    assert ids == sorted([*(g.id for g in GUIDES), BUNDLE.id])


def test_what_does_not_exist_is_said_with_a_code(client: Asking) -> None:
    response = client.get("/v1/catalogue/guides/nothing")
    assert (response.status_code, response.json()["code"]) == (404, "catalogue.unknown_guide")


def test_without_a_catalogue_that_is_said(client: Asking, shown: Shown) -> None:
    shown.path = None
    response = client.get("/v1/catalogue/about")
    assert (response.status_code, response.json()["code"]) == (404, "catalogue.none")


def test_a_new_version_is_shown_with_the_next_question(client: Asking, shown: Shown, tmp_path: Path) -> None:
    before = client.get("/v1/catalogue/about").json()["version"]
    shown.path = write_catalogue(tmp_path, revision=2026112301)
    after = client.get("/v1/catalogue/about").json()["version"]
    assert before.startswith("2026112201-")
    assert after.startswith("2026112301-")


@pytest.mark.parametrize(
    "path",
    ["search?limit=0", "search?limit=x", "search?q=" + "长" * 201, "shelves/nothing", "guides?limit=201"],
)
def test_a_question_that_does_not_fit_is_refused_with_a_code(client: Asking, path: str) -> None:
    response = client.get(f"/v1/catalogue/{path}")
    assert (response.status_code, response.json()["code"]) == (422, "request.invalid")


@pytest.mark.parametrize("q", ["", "'; DROP TABLE guide;--", "<script>", "\u202e\x00\x1b", "%", '*"()'])
def test_whatever_is_searched_is_harmless(client: Asking, q: str) -> None:
    assert client.get("/v1/catalogue/search", params={"q": q}).status_code == 200


def test_nothing_can_be_changed_through_it(client: Asking) -> None:
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        assert client.request(method, "/v1/catalogue/guides/card").status_code == 405


def test_however_many_ask_a_number_waits_for_none_of_them(guides: Guides) -> None:
    async def main() -> None:
        gate = threading.Event()
        asked = [asyncio.ensure_future(guides.ask(lambda _: gate.wait(30))) for _ in range(MOST_WAITING)]
        await asyncio.sleep(0)
        with pytest.raises(Rejected) as refused:
            await guides.ask(lambda catalogue: catalogue.about)
        assert refused.value.reply.status == 503
        assert guides.name_of("card") == CARD.name
        gate.set()
        assert await asyncio.gather(*asked) == [True] * MOST_WAITING
        assert (await guides.ask(lambda catalogue: catalogue.about)).hall == "small"

    asyncio.run(main())
