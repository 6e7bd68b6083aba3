"""A gateway for codes and a library of certificates that fail in every way, behind a hall that runs, before a citizen.

Real sockets, mutual TLS, the hall's own settings. What is promised: a way on within five seconds of the scan, a
gateway that fails is left alone, operations see it, and everything is well again by itself.
"""

import json
import logging
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from hall.certificates.embedded import EmbeddedLibrary
from hall.certificates.shared_simulator import NOTHING, STATES, SharedSimulator
from hall.certificates.shared_simulator import Simulated as SimulatedLibrary
from hall.codes.gateway_simulator import AGAIN, INVENTED, RESULTS, GatewaySimulator, Simulated
from hall.codes.simulated_tls import TlsFiles
from hall.enquiry import WITHIN
from hall.wire.port import free_port
from kiosk.hall_client import PRESENTING
from screens.events import NotKnown, PersonKnown
from screens.theme.fonts import FontsMissing, find_fonts
from tests.e2e.glass import Glass, let_wait
from tests.e2e.hall_process import SAMPLE, HallProcess

pytestmark = pytest.mark.timeout(300)
PROMISED = 5.0  # seconds from the scan to a way on, by the limits that hall and terminal set each other
KEPT = 20.0  # seconds after which it is sure, on however busy a machine, that somebody keeps to no limit
NEVER = 60.0  # seconds that a slow service takes; longer than anybody waits
FAILURES, REST = 3, 1.0
GATEWAY = """[codes]
kind = "gateway"
city = "370100"
[codes.gateway]
url = "{url}"
app_id = "hall-1"
secret_file = "{folder}/secret"
ca_file = "{folder}/tls/ca.pem"
certificate_file = "{folder}/tls/client.pem"
key_file = "{folder}/tls/client.key"
failures = {failures}
rest_seconds = {rest}
read_seconds = {read}
budget_seconds = {budget}
[codes.gateway.answer]
again = ["{again}"]
birth = "data.birth"
[codes.gateway.answer.refusals]
{refusals}
"""
LIBRARY = """[certificates]
kind = "shared"
[certificates.shared]
url = "{url}"
app_id = "hall-1"
secret_file = "{folder}/secret"
failures = {failures}
rest_seconds = {rest}
[certificates.shared.fields]
none = ["{nothing}"]
[certificates.shared.fields.states]
{states}
"""
UNREACHABLE, GARBLED = "code.unreachable", "code.garbled_answer"
FAULTS = {
    "slow": UNREACHABLE,
    "hang": UNREACHABLE,
    "drip": UNREACHABLE,
    "reset": UNREACHABLE,
    "redirect": UNREACHABLE,
    "500": UNREACHABLE,
    "429": UNREACHABLE,
    "not_json": GARBLED,
    "wrong_json": GARBLED,
    "wrong_signature": GARBLED,
    "unsigned": GARBLED,
    "oversized": GARBLED,
    "unmapped": GARBLED,
}


class EveryCode(Mapping[str, dict[str, Any] | str]):
    """A gateway that knows every code that begins with GOOD-."""

    def __getitem__(self, code: str) -> dict[str, Any]:
        if not code.startswith("GOOD-"):
            raise KeyError(code)
        return INVENTED["SIM-RESIDENT-1"]

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0


class Authority:
    """Makes certificates for a server, good and bad ones."""

    def __init__(self, folder: Path, name: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder, self._name = folder, name
        self._key = ec.generate_private_key(ec.SECP256R1())
        self.file = self._written(name, self._made(name, self._key, None, 1), None)

    def issue(self, name: str, host: str = "127.0.0.1", days: float = 1) -> tuple[Path, Path]:
        key = ec.generate_private_key(ec.SECP256R1())
        made = self._made(name, key, host, days)
        return self._written(name, made, key), self._folder / f"{name}.key"

    def _made(
        self, name: str, key: ec.EllipticCurvePrivateKey, host: str | None, days: float
    ) -> x509.Certificate:
        now = datetime.now(UTC)
        until = now + timedelta(days=days)
        authority = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, self._name)])
        builder = (
            x509.CertificateBuilder()
            .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
            .issuer_name(authority)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(min(now, until) - timedelta(days=1))
            .not_valid_after(until)
            .add_extension(x509.BasicConstraints(ca=host is None, path_length=None), critical=True)
        )
        if host is not None:
            known: x509.GeneralName = x509.DNSName(host)
            if host[0].isdigit():
                known = x509.IPAddress(ip_address(host))
            builder = builder.add_extension(x509.SubjectAlternativeName([known]), critical=False)
        return builder.sign(self._key, hashes.SHA256())

    def _written(self, name: str, made: x509.Certificate, key: ec.EllipticCurvePrivateKey | None) -> Path:
        if key is not None:
            pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
            (self._folder / f"{name}.key").write_bytes(pem)
        path = self._folder / f"{name}.pem"
        path.write_bytes(made.public_bytes(Encoding.PEM))
        return path


@dataclass
class Gateway:
    """The simulator at one address, to be taken away and put back with other certificates."""

    files: dict[str, TlsFiles]
    simulated: Simulated = field(
        default_factory=lambda: Simulated(codes=EveryCode(), slow_seconds=NEVER, ahead=0.0)
    )
    port: int = field(default_factory=free_port)  # of no connection's, while nobody listens there
    _running: ExitStack = field(default_factory=ExitStack)

    def start(self, files: str = "good") -> str:
        simulator = GatewaySimulator(self.simulated, self.files[files], client_needed=True, port=self.port)
        self._running.enter_context(simulator)
        return simulator.url

    def stop(self) -> None:
        self._running.close()

    @property
    def asked(self) -> int:
        return sum(self.simulated.asked.values())


def made_files(folder: Path) -> dict[str, TlsFiles]:
    ours, foreign = Authority(folder, "ca"), Authority(folder / "foreign", "foreign")
    client = ours.issue("client")
    servers = {
        "good": ours.issue("server"),
        "wrong authority": foreign.issue("server"),
        "expired": ours.issue("old", days=-1 / 24),
        "wrong host": ours.issue("elsewhere", host="elsewhere.example"),
    }
    return {name: TlsFiles(ours.file, *server, *client) for name, server in servers.items()}


def settings(hall: HallProcess, old: str, new: str, **facts: object) -> None:
    """The hall's settings with table ``new`` in place of ``old``."""
    path = hall.folder / "hall.toml"
    text = path.read_text(encoding="utf-8")
    assert old in text, f"{SAMPLE} has changed"
    (hall.folder / "secret").write_text("simulated\n", encoding="utf-8")
    path.write_text(text.replace(old, new.format(folder=hall.folder, **facts)), encoding="utf-8")


@pytest.fixture(autouse=True)
def unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a busy machine it is the hall that gives up first too; by how much, their limits say."""
    let_wait(monkeypatch)


@pytest.fixture
def gateway(tmp_path: Path) -> Iterator[Gateway]:
    gateway = Gateway(made_files(tmp_path / "hall" / "tls"))
    yield gateway
    gateway.stop()


@pytest.fixture
def hall(tmp_path: Path) -> Iterator[HallProcess]:
    (tmp_path / "hall").mkdir(exist_ok=True)
    hall = HallProcess(tmp_path / "hall")
    yield hall
    if hall.alive:
        hall.kill()


def started(hall: HallProcess, gateway: Gateway, tmp_path: Path, **limits: float) -> Glass:
    """A terminal before the hall whose codes are the gateway's."""
    refusals = "\n".join(f'{result} = "{code}"' for result, code in RESULTS.items())
    facts = {"read": 2.0, "budget": 2.5, "again": AGAIN, "refusals": refusals} | limits
    settings(hall, '[codes]\nkind = "embedded"\n', GATEWAY, url=gateway.start(), **facts)
    hall.start()
    return Glass(tmp_path / "terminal", f"http://127.0.0.1:{hall.port}", hall.tokens["terminal"])


def outside(hall: HallProcess, name: str) -> dict[str, Any]:
    """How operations see a service."""
    asked = urllib.request.Request(
        f"http://127.0.0.1:{hall.port}/v1/outsides",
        headers={"Authorization": f"Bearer {hall.tokens['manager']}"},
    )
    with urllib.request.urlopen(asked, timeout=30) as answer:
        services = json.load(answer)["services"]
    (found,) = [service for service in services if service["name"] == name]
    return dict(found)


def standing(hall: HallProcess) -> tuple[str, int]:
    """State of the gateway, and its failures in a row."""
    found = outside(hall, "codes")
    return found["state"], found["failures"]


def measured(took: dict[str, float]) -> None:
    lines = [f"{seconds:6.2f} s  {what}\n" for what, seconds in took.items()]
    sys.stdout.write("from the scan to its answer:\n" + "".join(lines))


class Citizen:
    """Holds up codes, one after the other, and looks at the clock."""

    def __init__(self, glass: Glass) -> None:
        self.glass, self.held = glass, 0
        self.took: dict[str, float] = {}

    def shows(self, what: str) -> PersonKnown | NotKnown:
        self.held += 1
        self.glass.present()
        began = time.monotonic()
        answer = self.glass.hold(f"GOOD-{self.held}-MARK")
        self.took[what] = time.monotonic() - began
        self.glass.terminal._journey._tries.known()
        return answer

    def is_known(self, what: str) -> None:
        answer = self.shows(what)
        assert isinstance(answer, PersonKnown), (what, answer)
        assert self.glass.screen == "certificates"

    def is_led_on(self, what: str, code: str) -> None:
        """Told why, not blamed, and able to go on without."""
        answer = self.shows(what)
        assert isinstance(answer, NotKnown), (what, answer)
        assert (what, answer.code) == (what, code)
        view = self.glass.view
        assert (self.glass.screen, view.phase) == ("present", "failed"), what
        assert view.status == self.glass.known.words(f"{code}.title")
        assert "take" in (view.main.intent, view.second.intent, view.quiet.intent), what
        self.glass.terminal.touched("take", "")
        assert self.glass.screen == "choose", what

    def was_served_in_time(self) -> None:
        measured(self.took)
        assert WITHIN < PRESENTING < PROMISED, "what the hall and the terminal hold each other to"
        late = {what: seconds for what, seconds in self.took.items() if seconds >= KEPT}
        assert not late


def test_whatever_the_gateway_does_the_citizen_has_a_way_on(
    hall: HallProcess, gateway: Gateway, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    glass = started(hall, gateway, tmp_path, failures=100, rest=REST)
    citizen = Citizen(glass)
    try:
        citizen.is_known("well; the hall's clock is half a day off")
        for fault, code in FAULTS.items():
            gateway.simulated.faults.append(fault)
            citizen.is_led_on(fault, code)
            assert gateway.simulated.asked[fault] == 1, "a code is asked about once"
            assert outside(hall, "codes")["code"] == code
        for fault in ("503", "again"):
            gateway.simulated.faults.append(fault)
            citizen.is_known(f"{fault} and then an answer")
            gateway.simulated.faults.extend([fault] * 3)
            citizen.is_led_on(f"{fault} again and again", UNREACHABLE)
        gateway.simulated.ahead += 3_600
        citizen.is_known("the gateway's clock leaps")
        for files in ("wrong authority", "expired", "wrong host"):
            gateway.stop()
            before = gateway.asked
            gateway.start(files)
            citizen.is_led_on(f"TLS: {files}", UNREACHABLE)
            assert gateway.asked == before, "nothing is said to somebody who is not the gateway"
        gateway.stop()
        citizen.is_led_on("nobody there", UNREACHABLE)
        gateway.start()
        citizen.is_known("well again")
        assert outside(hall, "codes") == {
            "name": "codes",
            "kind": "gateway",
            "state": "ok",
            "code": "",
            "failures": 0,
            "since": None,
        }
    finally:
        glass.close()
    citizen.was_served_in_time()
    journal = b"".join(path.read_bytes() for path in hall.folder.rglob("journal*") if path.is_file())
    for said in ("-MARK", INVENTED["SIM-RESIDENT-1"]["number"], INVENTED["SIM-RESIDENT-1"]["name"]):
        assert said not in hall.log
        assert said not in caplog.text
        assert said.encode() not in journal
    assert "Traceback" not in hall.log


def test_a_gateway_that_fails_is_left_alone_and_operations_see_it(
    hall: HallProcess, gateway: Gateway, tmp_path: Path
) -> None:
    glass = started(hall, gateway, tmp_path, failures=FAILURES, rest=600.0)
    citizen = Citizen(glass)
    try:
        citizen.is_known("well")
        gateway.simulated.faults.extend(["500"] * FAILURES)
        for n in range(1, FAILURES + 1):
            citizen.is_led_on(f"failure {n}", UNREACHABLE)
            assert standing(hall) == ("ok" if n < FAILURES else "resting", n)
        before = gateway.asked
        for n in range(3):
            citizen.is_led_on(f"left alone {n}", "code.resting")
        assert gateway.asked == before
        assert standing(hall) == ("resting", FAILURES)
    finally:
        glass.close()
    citizen.was_served_in_time()


def test_a_gateway_that_has_rested_is_tried_once_and_well_again_as_soon_as_it_answers(
    hall: HallProcess, gateway: Gateway, tmp_path: Path
) -> None:
    glass = started(hall, gateway, tmp_path, failures=FAILURES, rest=REST)
    citizen = Citizen(glass)

    def rested() -> None:
        glass.until(lambda: outside(hall, "codes")["state"] == "trying")

    try:
        gateway.simulated.faults.extend(["500"] * (FAILURES + 1))
        for n in range(1, FAILURES + 1):
            citizen.is_led_on(f"failure {n}", UNREACHABLE)
        before = gateway.asked
        rested()
        citizen.is_led_on("tried once", UNREACHABLE)
        assert gateway.asked == before + 1
        assert standing(hall)[1] == FAILURES + 1
        rested()
        citizen.is_known("and it is well")
        assert standing(hall) == ("ok", 0)
    finally:
        glass.close()
    citizen.was_served_in_time()
    lines = [line for line in hall.log.splitlines() if " state=" in line and "gateway=" in line]
    assert [line.split(" state=")[1].split()[0] for line in lines] == ["resting", "ok"], "one line a change"
    assert f"code={UNREACHABLE} failures={FAILURES}" in lines[0]


LIBRARY_FAULTS = {
    "slow": "certificates.unreachable",
    "hang": "certificates.unreachable",
    "drip": "certificates.unreachable",
    "reset": "certificates.unreachable",
    "redirect": "certificates.unreachable",
    "500": "certificates.unreachable",
    "503": "certificates.unreachable",
    "not_json": "certificates.garbled_answer",
    "wrong_json": "certificates.garbled_answer",
    "wrong_signature": "certificates.garbled_answer",
    "unsigned": "certificates.garbled_answer",
    "oversized": "certificates.garbled_answer",
    "unmapped": "certificates.garbled_answer",
    "somebody_else": "certificates.garbled_answer",
}


def issued(hall: HallProcess) -> str:
    """A good code of the hall's demo phone."""
    url = f"http://127.0.0.1:{hall.port}/demo/code"
    asked = urllib.request.Request(url, b'{"person":0}', {"Content-Type": "application/json"})
    with urllib.request.urlopen(asked, timeout=30) as answer:
        code: str = json.load(answer)["code"]
    return code


@pytest.fixture
def library(hall: HallProcess) -> Iterator[SharedSimulator]:
    """At the hall's time: unlike the gateway's, the library's client signs by the hall's clock and no other."""
    ahead = datetime(2026, 11, 23, 1, 30, tzinfo=UTC).timestamp() - hall.began
    try:
        font = find_fonts().regular
    except FontsMissing as error:
        pytest.skip(str(error))
    drawn = EmbeddedLibrary(font, today=lambda: datetime(2026, 11, 23, tzinfo=UTC).date())
    with SharedSimulator(SimulatedLibrary(drawn, slow_seconds=NEVER, ahead=ahead)) as running:
        yield running


def started_with(library: SharedSimulator, hall: HallProcess, tmp_path: Path, **breaker: float) -> Glass:
    states = "\n".join(f'{code} = "{state}"' for code, state in STATES.items())
    facts = {"url": library.url, "nothing": NOTHING, "states": states}
    settings(hall, '[certificates]\nkind = "embedded"\n', LIBRARY, **facts, **breaker)
    hall.start()
    return Glass(tmp_path / "terminal", f"http://127.0.0.1:{hall.port}", hall.tokens["terminal"])


def test_whatever_the_library_does_it_is_known_who_it_is_and_there_is_a_way_on(
    hall: HallProcess, library: SharedSimulator, tmp_path: Path
) -> None:
    glass = started_with(library, hall, tmp_path, failures=100, rest=REST)
    took: dict[str, float] = {}

    def known(what: str) -> PersonKnown:
        glass.present()
        code, began = issued(hall), time.monotonic()
        answer = glass.hold(code)
        took[what] = time.monotonic() - began
        assert isinstance(answer, PersonKnown), (what, answer)
        assert glass.screen == "certificates", what
        return answer

    try:
        for fault, code in LIBRARY_FAULTS.items():
            library.simulated.faults.append(fault)
            answer = known(fault)
            assert answer.presentation is not None
            assert (answer.presentation.certificates, answer.presentation.certificates_code) == ((), code), (
                fault
            )
            intents = {way.intent for way in (glass.view.state.main, glass.view.state.second)}
            assert "take" in intents, (fault, glass.view.state)
            glass.terminal.touched("take", "")
            assert (glass.screen, glass.known.visit.person is not None) == ("choose", True), fault
            assert outside(hall, "certificates")["code"] == code
        answer = known("well again")
        assert answer.presentation is not None
        assert len(answer.presentation.certificates) > 1
        assert outside(hall, "certificates")["state"] == "ok"
    finally:
        glass.close()
    measured(took)
    assert max(took.values()) < KEPT
    assert "Traceback" not in hall.log


def test_a_library_that_fails_is_left_alone_while_codes_go_on_being_read(
    hall: HallProcess, library: SharedSimulator, tmp_path: Path
) -> None:
    glass = started_with(library, hall, tmp_path, failures=2, rest=60.0)
    try:
        library.simulated.faults.extend(["500", "not_json"])
        codes = []
        for _ in range(4):
            glass.present()
            answer = glass.hold(issued(hall))
            assert isinstance(answer, PersonKnown)
            assert answer.presentation is not None
            codes.append(answer.presentation.certificates_code)
        assert codes == [
            "certificates.unreachable",
            "certificates.garbled_answer",
            "certificates.resting",
            "certificates.resting",
        ]
        assert sum(library.simulated.asked.values()) == 2
        assert outside(hall, "certificates")["state"] == "resting"
        assert outside(hall, "codes")["state"] == "ok"
    finally:
        glass.close()
    lines = [line for line in hall.log.splitlines() if "certificates service=" in line]
    assert [line.split(" state=")[1].split()[0] for line in lines] == ["resting"]


def test_both_slow_and_the_hall_killed_while_it_asks_are_borne_in_time_too(
    hall: HallProcess, gateway: Gateway, library: SharedSimulator, tmp_path: Path
) -> None:
    """The gateway answers at the last moment, the library never; then the hall dies with the question."""
    states = "\n".join(f'{code} = "{state}"' for code, state in STATES.items())
    facts = {"url": library.url, "nothing": NOTHING, "states": states, "failures": 100, "rest": REST}
    settings(hall, '[certificates]\nkind = "embedded"\n', LIBRARY, **facts)
    gateway.simulated.slow_seconds = 1.7  # which leaves the library less than it would take
    glass = started(hall, gateway, tmp_path, failures=100, rest=REST, read=3.0, budget=3.5)
    citizen = Citizen(glass)
    try:
        gateway.simulated.faults.append("slow")
        library.simulated.faults.append("hang")
        answer = citizen.shows("gateway slow, library silent")
        assert isinstance(answer, PersonKnown), answer
        assert answer.presentation is not None
        assert answer.presentation.certificates_code == "certificates.unreachable"
        glass.present()
        gateway.simulated.faults.append("hang")
        before, began = len(glass.answers), time.monotonic()
        glass.scanner.show("GOOD-LAST-MARK")
        glass.until(lambda: gateway.simulated.asked["hang"] == 1)
        hall.kill()
        glass.until(lambda: len(glass.answers) > before)
        citizen.took["hall killed"] = time.monotonic() - began
        last = glass.answers[-1]
        assert isinstance(last, NotKnown)
        assert last.code == "hall.unreachable"
        assert glass.screen in ("present", "fault")
        glass.terminal.touched("home", "")
        assert glass.screen == "welcome"
    finally:
        glass.close()
    citizen.was_served_in_time()
