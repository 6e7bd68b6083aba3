"""The real server under bad treatment: garbage, oversized bodies, a full disk. It answers, changes nothing, lives."""

import asyncio
import json
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from hall.journal.verify import verify
from hall.problems import CODES, MEDIA_TYPE
from tests.e2e.hall_process import Answer, Client, HallProcess


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HallProcess]:
    hall = HallProcess(tmp_path_factory.mktemp("hall"))
    hall.start()
    yield hall
    if hall.alive:
        hall.stop()


def head_of(hall: HallProcess, *more: str, line: str = "POST /v1/tickets HTTP/1.1") -> bytes:
    token = f"Authorization: Bearer {hall.tokens['terminal']}"
    return "\r\n".join([line, "Host: hall", token, "Idempotency-Key: bad", *more, "", ""]).encode("latin-1")


def chunked(*chunks: bytes) -> bytes:
    return b"".join(b"%x\r\n%s\r\n" % (len(c), c) for c in chunks) + b"0\r\n\r\n"


async def _send(hall: HallProcess, request: bytes) -> Answer | None:
    """The answer; None when the server hung up, which is its right with what is not HTTP."""
    client = Client(hall, "terminal")
    try:
        return await asyncio.wait_for(client.send(request), 30)
    except ConnectionError:
        return None
    finally:
        client.close()


def exchange(hall: HallProcess, request: bytes) -> Answer | None:
    return asyncio.run(_send(hall, request))


def seq(hall: HallProcess) -> int:
    answer = exchange(hall, b"GET /healthz HTTP/1.1\r\nHost: hall\r\n\r\n")
    assert answer is not None
    return int(answer.json()["seq"])


TAKE = b'{"queue":"tax"}'
LENGTH = "Content-Length: {}".format
CHUNKED = "Transfer-Encoding: chunked"


@pytest.mark.parametrize(
    ("headers", "body", "code"),
    [
        ([LENGTH(1)], b"{", "request.not_json"),
        ([LENGTH(4)], b"\xd6\xd0\xb9\xfa", "request.not_json"),
        ([LENGTH(0)], b"", "request.invalid"),
        ([LENGTH(15), "Idempotency-Key: second key"], TAKE, "idempotency.invalid"),
        ([LENGTH(15), "Authorization: Bearer ty1.0.0"], TAKE, "auth.wrong"),
        ([LENGTH(20_000)], b" " * 20_000, "request.too_large"),
        ([LENGTH(10**12)], b"x", "request.too_large"),
        ([CHUNKED], chunked(*[b" " * 1000] * 20), "request.too_large"),
        ([CHUNKED], chunked(b'{"queue":', b'"nowhere"}'), "queue.unknown"),
        ([LENGTH(30), "Content-Type: image/png"], b"\x89PNG\r\n\x1a\n" + b"\x00" * 22, "request.not_json"),
    ],
)
def test_a_bad_request_gets_its_problem_document_and_changes_nothing(
    running: HallProcess, headers: list[str], body: bytes, code: str
) -> None:
    before = seq(running)
    answer = exchange(running, head_of(running, *headers) + body)
    assert answer is not None
    assert (answer.status, answer.json()["code"]) == (CODES[code][0], code)
    assert seq(running) == before
    assert running.alive


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"\x00" * 5000,
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(range(256)),  # somebody speaks TLS
        b"GET\r\n\r\n",
        b"POST /v1/tickets HTTP/9.9\r\n\r\n",
        b"POST /v1/tickets HTTP/1.1\r\nContent-Length: -5\r\n\r\n",
        b"POST /v1/tickets HTTP/1.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\nhello",
        b"POST /v1/tickets HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"GET /" + b"a" * 200_000 + b" HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\n" + b"".join(b"X-%d: y\r\n" % n for n in range(5000)) + b"\r\n",
        b"GET /%00%ff%fe HTTP/1.1\r\nHost: hall\r\n\r\n",
        b"GET /t/%F0%28%8C%BC HTTP/1.1\r\nHost: hall\r\n\r\n",
        "GET /中文 HTTP/1.1\r\nHost: hall\r\n\r\n".encode(),
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    ],
)
def test_what_is_hardly_http_ends_in_an_answer_of_4xx_or_a_closed_line(
    running: HallProcess, request_bytes: bytes
) -> None:
    before = seq(running)
    answer = exchange(running, request_bytes)
    assert answer is None or 400 <= answer.status < 500
    assert seq(running) == before
    assert running.alive


def test_errors_before_any_route_are_problem_documents_too(running: HallProcess) -> None:
    for request, code in (
        (b"GET /nothing HTTP/1.1\r\nHost: hall\r\n\r\n", "request.not_found"),
        (b"PUT /v1/tickets HTTP/1.1\r\nHost: hall\r\n\r\n", "request.method_not_allowed"),
        (b"POST /v1/tickets HTTP/1.1\r\nHost: hall\r\nContent-Length: 0\r\n\r\n", "auth.missing"),
    ):
        answer = exchange(running, request)
        assert answer is not None
        assert answer.json()["code"] == code


def test_nothing_secret_or_personal_is_in_the_log(running: HallProcess) -> None:
    person = "ab" * 32
    body = json.dumps({"queue": "tax", "person": person}).encode()
    answer = exchange(running, head_of(running, LENGTH(len(body)), "Idempotency-Key: personal") + body)
    assert answer is not None
    phone_path = answer.json()["phone_path"]
    exchange(running, f"GET {phone_path} HTTP/1.1\r\nHost: hall\r\n\r\n".encode())
    exchange(running, f"GET {phone_path}x?secret=1 HTTP/1.1\r\nHost: hall\r\n\r\n".encode())
    exchange(running, head_of(running, line="GET /v1/pseudonym-key HTTP/1.1"))
    exchange(running, head_of(running, line="GET /v1/nothing?secret=1 HTTP/1.1"))
    log = running.log
    assert "status=404" in log
    keys = json.loads((running.folder / "keys.json").read_text())
    tokens = [part for token in running.tokens.values() for part in token.split(".")[2:]]
    for secret in (person, phone_path, "secret=1", keys["phone"], keys["secret"], *tokens):
        assert secret not in log


def test_a_slow_or_silent_client_holds_up_nobody(running: HallProcess) -> None:
    async def work() -> list[Answer]:
        silent = [await asyncio.open_connection("127.0.0.1", running.port) for _ in range(50)]
        for _, writer in silent:
            writer.write(head_of(running, LENGTH(15))[:-2])
        client = Client(running, "terminal")
        answers = [await asyncio.wait_for(client.post("/v1/ping", f"p{n}", b""), 30) for n in range(20)]
        client.close()
        for _, writer in silent:
            writer.close()
        return answers

    assert {answer.status for answer in asyncio.run(work())} == {204}


def test_a_full_disk_refuses_in_words_and_loses_nothing(tmp_path: Path) -> None:
    hall = HallProcess(tmp_path)
    hall.start(most_bytes=400_000)
    given: dict[str, bytes] = {}

    async def take_until_full() -> Answer:
        client = Client(hall, "terminal")
        for n in range(5000):
            answer = await client.post("/v1/tickets", f"k{n}", TAKE)
            if answer.status != 201:
                client.close()
                return answer
            given[f"k{n}"] = answer.body
        raise AssertionError("the disk was not full")

    async def count() -> int:
        client = Client(hall, "terminal")
        queues = (await client.get("/v1/hall")).json()["queues"]
        client.close()
        return sum(queue["waiting"] for queue in queues)

    refused = asyncio.run(take_until_full())
    assert refused.status == 503
    assert refused.json()["code"] in ("journal.disk_full", "journal.unwritable")
    assert hall.alive
    assert asyncio.run(count()) == len(given), "what could not be written did not happen"
    hall.kill()
    hall.start()  # with room again

    async def ask_again() -> None:
        client = Client(hall, "terminal")
        for key, body in given.items():
            assert (await client.post("/v1/tickets", key, TAKE)).body == body
        assert (await client.post("/v1/tickets", f"k{len(given)}", TAKE)).status == 201
        client.close()

    asyncio.run(ask_again())
    assert asyncio.run(count()) == len(given) + 1
    assert hall.stop() == 0
    assert verify(hall.journal).accepted


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_a_stopped_hall_seals_its_journal_and_starts_again(tmp_path: Path, how: signal.Signals) -> None:
    hall = HallProcess(tmp_path)
    hall.start()

    async def take(key: str) -> Answer:
        client = Client(hall, "terminal")
        answer = await client.post("/v1/tickets", key, TAKE)
        client.close()
        return answer

    first = asyncio.run(take("k"))
    assert hall._end(how) == 0
    assert verify(hall.journal).seal == "sealed"
    assert {p.name for p in tmp_path.iterdir()} >= {"journal.sqlite", "journal.sha256"}
    assert not list(tmp_path.glob("*-wal"))
    hall.start()
    assert asyncio.run(take("k")) == first
    assert asyncio.run(take("k2")).json()["number"] == "K002"
    assert hall.stop() == 0


def test_a_hall_whose_journal_was_tampered_with_does_not_start(tmp_path: Path) -> None:
    hall = HallProcess(tmp_path)
    hall.start()
    asyncio.run(_send(hall, head_of(hall, LENGTH(len(TAKE))) + TAKE))
    hall.stop()
    content = hall.journal.read_bytes()
    hall.journal.write_bytes(content.replace(b'"number":"K001"', b'"number":"K009"'))
    with pytest.raises(AssertionError, match="not the one that was written"):
        hall.start()


def test_the_problem_media_type_is_sent(running: HallProcess) -> None:
    async def headers() -> str:
        reader, writer = await asyncio.open_connection("127.0.0.1", running.port)
        writer.write(b"GET /nothing HTTP/1.1\r\nHost: hall\r\n\r\n")
        text = (await reader.readuntil(b"\r\n\r\n")).decode()
        writer.close()
        return text

    assert f"content-type: {MEDIA_TYPE}" in asyncio.run(headers())
