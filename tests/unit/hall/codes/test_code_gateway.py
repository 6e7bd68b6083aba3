"""The gateway client against its simulator over real sockets: every fault ends in words and in time."""

import hashlib
import hmac
import logging
import ssl
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from config.codes import AnswerFields, Gateway
from hall.codes.gateway import AT_ONCE, PAUSE, GatewayVerifier
from hall.codes.gateway_simulator import AGAIN, INVENTED, RESULTS, GatewaySimulator, Simulated
from hall.codes.port import CodeError, CodeRefused, Company, Holder, VerifierAway
from hall.codes.signing import answer_signature, question_signature
from hall.codes.simulated_tls import TlsFiles, make_tls

CITY = "370100"
FIELDS = AnswerFields(
    refusals=RESULTS,
    again=(AGAIN,),
    birth="data.birth",
    company_name="data.company.name",
    company_code="data.company.code",
    authority="data.company.authority",
    authority_until="data.company.until",
)
LIMITS = ("connect_seconds", "read_seconds", "budget_seconds")
PLENTY = 60.0  # more than settings allow: what is answered comes in time, however busy the machine
PERSON = Holder("37010019900101001X", "张晓三", date(1990, 1, 1))


def now() -> datetime:
    return datetime.now(UTC)


@dataclass
class Seconds:
    now: float = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Seconds:
    return Seconds()


@pytest.fixture
def gateway() -> Iterator[GatewaySimulator]:
    simulated = Simulated(slow_seconds=PLENTY, codes=dict(INVENTED))
    with GatewaySimulator(simulated) as simulator:
        yield simulator


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    path = tmp_path / "secret"
    path.write_text("simulated\n")
    return path


Verifying = Callable[..., GatewayVerifier]


@pytest.fixture
def verifying(secret: Path, clock: Seconds) -> Iterator[Verifying]:
    """Make verifiers; waits between tries move their clock and take no time. Limits that aren't given are plenty."""
    made: list[GatewayVerifier] = []

    def make(url: str, counting: Callable[[], float] = clock, **settings: Any) -> GatewayVerifier:
        given = {
            "url": url,
            "app_id": "hall-1",
            "secret_file": secret,
            "answer": FIELDS,
            "failures": 3,
        }

        def sleep(seconds: float) -> None:
            clock.now += seconds

        plenty = {limit: PLENTY for limit in LIMITS if limit not in settings}
        asked = Gateway(**given | settings).model_copy(update=plenty)
        made.append(GatewayVerifier(asked, CITY, counting, sleep))
        return made[-1]

    yield make
    for verifier in made:
        verifier.close()


def failure(verifier: GatewayVerifier, code: str = "SIM-RESIDENT-1") -> str:
    with pytest.raises(CodeError) as failed:
        verifier.verify(code, now())
    assert "SIM-" not in str(failed.value)
    return failed.value.code


def test_a_good_code_tells_its_holder(gateway: GatewaySimulator, verifying: Verifying) -> None:
    verifier = verifying(gateway.url)
    verified = verifier.verify("SIM-RESIDENT-1", now())
    assert (verified.holder, verified.source) == (PERSON, "resident_code")
    assert verifier.state().state == "ok"
    assert failure(verifier) == "code.replayed"


def test_an_enterprise_code_tells_company_agent_and_authority(
    gateway: GatewaySimulator, verifying: Verifying
) -> None:
    verified = verifying(gateway.url).verify("SIM-COMPANY-1", now())
    assert verified.source == "enterprise_code"
    assert verified.holder.company == Company(
        "清源样例科技有限公司", "91370100MA00000000", "办理社保登记", date(2029, 12, 31)
    )


@pytest.mark.parametrize(("result", "code"), RESULTS.items())
def test_each_result_code_is_refused_with_its_own_words(
    gateway: GatewaySimulator, verifying: Verifying, result: str, code: str
) -> None:
    gateway.simulated.codes = {"held up": result}
    verifier = verifying(gateway.url)
    with pytest.raises(CodeRefused) as refused:
        verifier.verify("held up", now())
    assert refused.value.code == code
    assert verifier.state().failures == 0  # the gateway works: it answered


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ("reset", "code.unreachable"),
        ("500", "code.unreachable"),
        ("429", "code.unreachable"),
        ("redirect", "code.unreachable"),
        ("not_json", "code.garbled_answer"),
        ("wrong_json", "code.garbled_answer"),
        ("wrong_signature", "code.garbled_answer"),
        ("unsigned", "code.garbled_answer"),
        ("oversized", "code.garbled_answer"),
        ("unmapped", "code.garbled_answer"),
    ],
)
def test_a_fault_ends_in_words_after_one_question(
    gateway: GatewaySimulator, verifying: Verifying, fault: str, code: str
) -> None:
    gateway.simulated.faults.append(fault)
    verifier = verifying(gateway.url)
    assert failure(verifier) == code
    assert gateway.simulated.asked.total() == 1  # asking again might spend the code
    assert verifier.state().code == code
    assert verifier.state().failures == 1


@pytest.mark.parametrize("fault", ["slow", "hang"])
def test_a_gateway_that_does_not_answer_in_time_is_given_up(
    gateway: GatewaySimulator, verifying: Verifying, fault: str
) -> None:
    gateway.simulated.faults.append(fault)
    verifier = verifying(gateway.url, read_seconds=0.3)
    assert failure(verifier) == "code.unreachable"
    assert (verifier.state().code, verifier.state().failures) == ("code.unreachable", 1)
    end = time.monotonic() + PLENTY
    while not gateway.simulated.asked.total():  # it hears of it although we wait no longer
        assert time.monotonic() < end
        time.sleep(0.01)
    gateway.simulated.faults.append("500")
    assert failure(verifying(gateway.url)) == "code.unreachable"
    assert gateway.simulated.asked == {fault: 1, "500": 1}  # asking again might spend the code


def test_an_answer_that_drips_is_given_up_within_the_budget(
    gateway: GatewaySimulator, verifying: Verifying
) -> None:
    """Each byte comes in time, all of them together would not."""
    gateway.simulated.faults.append("drip")
    assert failure(verifying(gateway.url, read_seconds=0.5, budget_seconds=0.5)) == "code.unreachable"


def test_dripping_answers_do_not_use_up_the_threads(gateway: GatewaySimulator, verifying: Verifying) -> None:
    """The promise to the citizen is kept by giving up; this is about what goes on behind it."""
    gateway.simulated.faults.extend(["drip"] * AT_ONCE)
    verifier = verifying(gateway.url, time.monotonic, budget_seconds=0.25, failures=99)
    for _ in range(AT_ONCE):
        assert failure(verifier) == "code.unreachable"
    gateway.simulated.faults.clear()  # of questions that had no time to be heard
    verifier._settings = verifier._settings.model_copy(update={"budget_seconds": PLENTY})
    gateway.simulated.codes = {"another": INVENTED["SIM-RESIDENT-1"]}
    assert verifier.verify("another", now()).holder == PERSON


def test_a_refusal_is_an_answer_and_ends_a_row_of_failures(
    gateway: GatewaySimulator, verifying: Verifying
) -> None:
    gateway.simulated.faults.append("500")
    verifier = verifying(gateway.url)
    assert failure(verifier) == "code.unreachable"
    assert verifier.state().failures == 1
    assert failure(verifier, "not one of theirs") == "code.unknown"
    assert verifier.state().failures == 0


@pytest.mark.parametrize("fault", ["503", "again"])
def test_what_was_not_dealt_with_is_asked_again(
    gateway: GatewaySimulator, verifying: Verifying, fault: str
) -> None:
    gateway.simulated.faults.extend([fault, fault])
    verifier = verifying(gateway.url)
    assert verifier.verify("SIM-RESIDENT-1", now()).holder == PERSON
    assert gateway.simulated.asked == {fault: 2, "": 1}
    assert verifier.state().failures == 0


def test_it_is_not_asked_more_often_than_is_set(gateway: GatewaySimulator, verifying: Verifying) -> None:
    gateway.simulated.faults.extend(["503"] * 9)
    assert failure(verifying(gateway.url, tries=2)) == "code.unreachable"
    assert gateway.simulated.asked == {"503": 2}


def test_it_is_not_asked_again_when_time_is_up(
    gateway: GatewaySimulator, verifying: Verifying, clock: Seconds
) -> None:
    """Its first answer takes almost all the time there is, and leaves less than the wait before a second try."""
    gateway.simulated.faults.extend(["503"] * 9)

    def counting() -> float:
        return clock.now + (PLENTY - PAUSE / 4 if gateway.simulated.asked else 0.0)

    assert failure(verifying(gateway.url, counting, tries=5)) == "code.unreachable"
    assert gateway.simulated.asked.total() == 1


def test_nobody_listening_is_tried_again_and_then_said(verifying: Verifying, clock: Seconds) -> None:
    with GatewaySimulator(Simulated()) as gone:
        url = gone.url
    before = clock.now
    assert failure(verifying(url)) == "code.unreachable"
    assert clock.now > before  # it waited between tries


def test_the_breaker_leaves_a_failing_gateway_alone_and_tries_it_once(
    gateway: GatewaySimulator, verifying: Verifying, clock: Seconds, caplog: pytest.LogCaptureFixture
) -> None:
    gateway.simulated.faults.extend(["500"] * 4)
    verifier = verifying(gateway.url)
    with caplog.at_level(logging.INFO, "hall.codes"):
        assert [failure(verifier) for _ in range(3)] == ["code.unreachable"] * 3
        assert [failure(verifier) for _ in range(20)] == ["code.resting"] * 20
        assert gateway.simulated.asked.total() == 3
        assert verifier.state().state == "resting"
        assert verifier.state().since is not None
        clock.now += 15
        assert [failure(verifier) for _ in range(2)] == ["code.unreachable", "code.resting"]
        clock.now += 15
        assert verifier.verify("SIM-RESIDENT-1", now()).holder == PERSON
    assert verifier.state().state == "ok"
    assert [r.getMessage().split()[2] for r in caplog.records] == ["state=resting", "state=ok"]


def test_what_is_logged_and_shown_says_nothing_of_anybody(
    gateway: GatewaySimulator, verifying: Verifying, caplog: pytest.LogCaptureFixture
) -> None:
    gateway.simulated.faults.extend(["500", "not_json", "wrong_signature", "reset"])
    gateway.simulated.ahead = 3600
    verifier = verifying(gateway.url + "?token=hidden", failures=4)
    with caplog.at_level(logging.INFO):
        for _ in range(5):
            failure(verifier)
    assert caplog.records
    for hidden in ("SIM-RESIDENT", PERSON.number, PERSON.name, "simulated", "hidden", "/codes/"):
        assert hidden not in caplog.text
        assert hidden not in repr(verifier.state())


def test_a_clock_that_differs_is_learnt_signed_with_and_warned_of_once(
    gateway: GatewaySimulator, verifying: Verifying, caplog: pytest.LogCaptureFixture
) -> None:
    gateway.simulated.ahead = 600
    verifier = verifying(gateway.url)
    with caplog.at_level(logging.WARNING, "hall.codes"):
        assert verifier.verify("SIM-RESIDENT-1", now()).holder == PERSON
        assert verifier.verify("SIM-COMPANY-1", now()).holder.company is not None
    assert gateway.simulated.asked.total() == 3  # refused for its time once, and never again
    assert [record.levelname for record in caplog.records] == ["WARNING"]


def test_a_wrong_secret_is_not_asked_twice(
    gateway: GatewaySimulator, verifying: Verifying, secret: Path
) -> None:
    secret.write_text("another")
    assert failure(verifying(gateway.url)) == "code.unreachable"
    assert gateway.simulated.asked.total() == 1


def test_an_answer_to_another_question_is_refused() -> None:
    one, other = (answer_signature("hmac-sha256", b"k", 200, "1", nonce, b"{}") for nonce in ("1", "2"))
    assert one != other


def test_signatures_are_what_the_docstring_says() -> None:
    """Recomputed here without the code under test, so that client and simulator can't be wrong together."""
    body = b'{"code":"x"}'
    text = f"POST\n/v1\napp\n17\nabc\n{hashlib.sha256(body).hexdigest()}"
    expected = hmac.new(b"key", text.encode(), hashlib.sha256).hexdigest()
    assert question_signature("hmac-sha256", b"key", "POST", "/v1", "app", "17", "abc", body) == expected
    text = f"200\n17\nabc\n{hashlib.sha256(body).hexdigest()}"
    expected = hmac.new(b"key", text.encode(), hashlib.sha256).hexdigest()
    assert answer_signature("hmac-sha256", b"key", 200, "17", "abc", body) == expected


def test_the_national_mac_works_as_well(gateway: GatewaySimulator, verifying: Verifying) -> None:
    gateway.simulated.mac = "hmac-sm3"
    assert verifying(gateway.url, mac="hmac-sm3").verify("SIM-RESIDENT-1", now()).holder == PERSON
    assert failure(verifying(gateway.url, mac="hmac-sha256"), "SIM-COMPANY-1") == "code.unreachable"


@pytest.mark.parametrize("hostile", ['{city}"},\n{nonce}\\', "<b>码\0", "\ud800", "x" * 4096])
def test_a_hostile_code_travels_as_text_and_fills_in_nothing(
    gateway: GatewaySimulator, verifying: Verifying, hostile: str
) -> None:
    gateway.simulated.codes = {hostile: INVENTED["SIM-RESIDENT-1"]}
    assert verifying(gateway.url).verify(hostile, now()).holder == PERSON


def test_proxies_of_the_environment_are_not_used(
    gateway: GatewaySimulator, verifying: Verifying, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    assert verifying(gateway.url).verify("SIM-RESIDENT-1", now()).holder == PERSON


def test_many_at_once_are_each_answered(gateway: GatewaySimulator, verifying: Verifying) -> None:
    gateway.simulated.codes = {f"c{n}": INVENTED["SIM-RESIDENT-1"] for n in range(16)}
    verifier, found = verifying(gateway.url), list[Holder]()

    def ask(code: str) -> None:
        found.append(verifier.verify(code, now()).holder)

    threads = [threading.Thread(target=ask, args=(f"c{n}",)) for n in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [PERSON] * 16


# -- mutual TLS ---------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def tls(tmp_path_factory: pytest.TempPathFactory) -> TlsFiles:
    return make_tls(tmp_path_factory.mktemp("tls"))


@pytest.fixture(scope="module")
def stranger(tmp_path_factory: pytest.TempPathFactory) -> TlsFiles:
    return make_tls(tmp_path_factory.mktemp("stranger"))


def with_client(tls: TlsFiles) -> dict[str, Any]:
    return {"ca_file": tls.authority, "certificate_file": tls.client, "key_file": tls.client_key}


def test_mutual_tls_lets_both_sides_know_each_other(verifying: Verifying, tls: TlsFiles) -> None:
    with GatewaySimulator(Simulated(), tls=tls, client_needed=True) as gateway:
        verifier = verifying(gateway.url, **with_client(tls))
        assert verifier.verify("SIM-RESIDENT-1", now()).holder.name == PERSON.name


def test_a_gateway_with_a_strangers_certificate_is_told_nothing(
    verifying: Verifying, tls: TlsFiles, stranger: TlsFiles
) -> None:
    with GatewaySimulator(Simulated(), tls=stranger) as gateway:
        assert failure(verifying(gateway.url, ca_file=tls.authority)) == "code.unreachable"
        assert failure(verifying(gateway.url)) == "code.unreachable"  # nor by the public authorities
        assert gateway.simulated.asked.total() == 0


def test_without_our_certificate_a_gateway_that_needs_one_answers_nothing(
    verifying: Verifying, tls: TlsFiles, stranger: TlsFiles
) -> None:
    with GatewaySimulator(Simulated(), tls=tls, client_needed=True) as gateway:
        assert failure(verifying(gateway.url, ca_file=tls.authority)) == "code.unreachable"
        mixed = with_client(stranger) | {"ca_file": tls.authority}
        assert failure(verifying(gateway.url, **mixed)) == "code.unreachable"
        assert gateway.simulated.asked.total() == 0


def test_files_that_are_no_good_are_said_at_the_start(
    verifying: Verifying, tls: TlsFiles, tmp_path: Path
) -> None:
    empty = tmp_path / "empty"
    empty.touch()
    url = "https://127.0.0.1:9/"
    with pytest.raises(ValueError, match="empty"):
        verifying(url, secret_file=empty)
    with pytest.raises(ssl.SSLError):
        verifying(url, ca_file=empty)
    with pytest.raises(FileNotFoundError):
        verifying(url, ca_file=tmp_path / "none")
    with pytest.raises(ssl.SSLError):
        verifying(url, **with_client(tls) | {"key_file": empty})


def test_a_bundle_that_goes_away_later_is_no_worse_than_a_gateway_that_does(
    verifying: Verifying, tls: TlsFiles, tmp_path: Path
) -> None:
    bundle = tmp_path / "ca.pem"
    bundle.write_bytes(tls.authority.read_bytes())
    verifier = verifying("https://127.0.0.1:9/", ca_file=bundle)
    bundle.unlink()
    assert failure(verifier) == "code.unreachable"


def test_bundles_of_the_environment_do_not_widen_whom_we_trust(
    verifying: Verifying, stranger: TlsFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(stranger.authority))
    monkeypatch.setenv("CURL_CA_BUNDLE", str(stranger.authority))
    with GatewaySimulator(Simulated(), tls=stranger) as gateway:
        assert failure(verifying(gateway.url)) == "code.unreachable"


# -- fields -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "holder",
    [
        {},
        {"number": "37010019900101001X"},
        {"number": "37010019900101001X", "name": "名" * 61},
        {"number": "37010019900101001X", "name": "张\n三"},
        {"number": "37010019900101001X", "name": 7},
        {"number": "37010019900101001X", "name": ["张"]},
        {"number": "3701 0019900101001", "name": "张三"},
        {"number": "X" * 19, "name": "张三"},
        {"number": 370100199001010010, "name": "张三"},
        {"number": "37010019900101001X", "name": "张三", "birth": "19901301"},
        {"number": "37010019900101001X", "name": "张三", "birth": "yesterday"},
        {"number": "37010019900101001X", "name": "张三", "company": {"code": "9137", "name": "某公司"}},
        {"number": "37010019900101001X", "name": "张三", "company": {"code": "91370100MA00000000"}},
        "9999",
    ],
    ids=range(14),
)
def test_an_answer_that_names_nobody_properly_is_garbled(
    gateway: GatewaySimulator, verifying: Verifying, holder: Any
) -> None:
    gateway.simulated.codes = {"c": holder}
    assert failure(verifying(gateway.url), "c") == "code.garbled_answer"


def test_a_city_with_other_names_for_everything_is_read_by_settings_alone(verifying: Verifying) -> None:
    class Elsewhere(Simulated):
        def answer(self, path: str, question: Any, fault: str) -> dict[str, Any]:
            assert question["head"]["area"] == CITY
            assert question["data"] == [{"qr": "SIM-9"}]
            people = [{"xm": "李 四", "sfzh": "37010019900101001x", "csrq": "1990-01-01"}]
            return {"head": {"rtn": True}, "body": {"rows": people}}

    fields = AnswerFields(
        status="head.rtn",
        good=("True",),
        number="body.rows.0.sfzh",
        name="body.rows.0.xm",
        birth="body.rows.0.csrq",
    )
    with GatewaySimulator(Elsewhere()) as gateway:
        verifier = verifying(
            gateway.url, answer=fields, request={"head": {"area": "{city}"}, "data": [{"qr": "{code}"}]}
        )
        verified = verifier.verify("SIM-9", now())
    assert verified.holder == replace(PERSON, name="李 四")


def test_an_away_gateway_is_no_refusal(gateway: GatewaySimulator, verifying: Verifying) -> None:
    gateway.simulated.faults = deque(["500"])
    with pytest.raises(VerifierAway):
        verifying(gateway.url).verify("SIM-RESIDENT-1", now())
