import json
import logging
import threading
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config.certificates import Certificates, ListFields, Shared
from hall.certificates.choose import library
from hall.certificates.embedded import EmbeddedLibrary
from hall.certificates.people import companies, people
from hall.certificates.port import FaceMissing, LibraryAway
from hall.certificates.shared import SharedLibrary
from hall.certificates.shared_answers import kind_codes, listed, picture, with_lines
from hall.certificates.shared_simulator import LINES, NOTHING, STATES, SharedSimulator, Simulated
from hall.codes.port import Holder
from hall.codes.simulated_tls import make_tls
from tests.unit.hall.certificates.certificate_fixtures import TODAY, the_font

FONT = the_font()
FIELDS = ListFields(none=(NOTHING,), states=STATES, lines=LINES)
EMBEDDED = EmbeddedLibrary(FONT, today=lambda: TODAY)
ELDERLY, AGENT = people()[0], companies()[0]
PLENTY = 60.0  # more than settings allow: what is answered comes in time, however busy the machine
UNREACHABLE, GARBLED = "certificates.unreachable", "certificates.garbled_answer"


class Clock:
    """Of the breaker and the deadlines; real time passes in sockets only."""

    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now


@pytest.fixture
def service():
    with SharedSimulator(Simulated(EMBEDDED)) as running:
        yield running


@pytest.fixture
def connect(tmp_path):
    """A library that asks ``service``."""
    opened = []

    def make(service, clock=None, **given):
        secret = tmp_path / "secret"
        secret.write_bytes(b"simulated\n")
        asked = Shared(url=service.url, app_id="hall", secret_file=secret, **{"fields": FIELDS} | given)
        if "budget_seconds" not in given:
            asked = asked.model_copy(update={"budget_seconds": PLENTY})
        now = lambda: datetime.now(UTC)  # noqa: E731  signing needs the real time
        made = SharedLibrary(asked, FONT, clock or Clock(), now)
        opened.append(made)
        return made

    yield make
    for one in opened:
        one.close()


def plain(certificates):
    """Without what only a library with faces of its own knows."""
    return {replace(one, lines_en=(), status="valid") for one in certificates}


def test_the_shared_service_gives_what_it_keeps(service, connect):
    shared = connect(service)
    assert plain(shared.certificates(ELDERLY)) == plain(EMBEDDED.certificates(ELDERLY))
    assert plain(shared.certificates(AGENT)) == plain(EMBEDDED.certificates(AGENT))
    assert shared.state().state == "ok"


def test_states_and_dates_together_say_how_a_certificate_stands(service, connect):
    states = {one.kind.name: one.status for one in connect(service).certificates(ELDERLY)}
    assert states["居民身份证"] == "valid"
    assert states["残疾人证"] == "expired"
    assert states["最低生活保障证"] == "revoked"


def test_somebody_of_whom_nothing_is_kept_has_nothing(service, connect):
    shared = connect(service)
    assert shared.certificates(Holder("37990020010101908", "")) == ()
    assert shared.state().failures == 0


def test_kinds_are_asked_for_one_by_one_where_the_service_wants_it(service, connect):
    shared = connect(service, kinds=("id-card", "elderly", "passport", "business"))
    assert {one.kind.name for one in shared.certificates(ELDERLY)} == {"居民身份证", "老年优待证"}
    assert service.simulated.asked[""] == 3  # a licence of companies is not asked for of a person
    assert {one.kind.name for one in shared.certificates(AGENT)} == {"营业执照"}


def test_faces_come_from_the_service(service, connect):
    shared = connect(service)
    certificate = shared.certificates(ELDERLY)[0]
    assert shared.face(certificate) == EMBEDDED.face(EMBEDDED.certificates(ELDERLY)[0])


def test_faces_are_drawn_from_data_where_the_service_has_none(service, connect):
    shared = connect(service, face="drawn")
    face = shared.face(shared.certificates(ELDERLY)[0])
    assert face.startswith(b"\x89PNG")
    assert service.simulated.asked.total() == 1


def test_a_face_that_the_service_does_not_have_is_missing_and_no_failure(service, connect):
    shared = connect(service)
    certificate = replace(shared.certificates(ELDERLY)[0], identifier="1.2.156.3005.2.A.B.C.001.1")
    with pytest.raises(FaceMissing):
        shared.face(certificate)
    service.simulated.faults.append("no_picture")
    with pytest.raises(FaceMissing):
        shared.face(certificate)
    assert shared.state().failures == 0


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ("500", UNREACHABLE),
        ("503", UNREACHABLE),
        ("redirect", UNREACHABLE),
        ("reset", UNREACHABLE),
        ("not_json", GARBLED),
        ("wrong_json", GARBLED),
        ("wrong_signature", GARBLED),
        ("unsigned", GARBLED),
        ("oversized", GARBLED),
        ("unmapped", GARBLED),
        ("somebody_else", GARBLED),
    ],
)
def test_each_fault_is_said_and_the_next_question_is_answered(service, connect, fault, code):
    shared = connect(service)
    service.simulated.faults.append(fault)
    with pytest.raises(LibraryAway) as away:
        shared.certificates(ELDERLY)
    assert away.value.code == code
    assert shared.state().code == code
    assert shared.certificates(ELDERLY)
    assert shared.state().failures == 0


@pytest.mark.parametrize("fault", ["slow", "hang", "drip"])
def test_who_answers_too_slowly_is_not_waited_for(service, connect, fault):
    shared = connect(service, budget_seconds=0.2)
    service.simulated.faults.append(fault)
    with pytest.raises(LibraryAway) as away:
        shared.certificates(ELDERLY)
    assert away.value.code == UNREACHABLE


def test_one_failed_question_of_several_fails_the_list(service, connect):
    """A list with a gap would look like all there is."""
    shared = connect(service, kinds=("id-card", "elderly", "retirement"))
    service.simulated.faults.extend(["", "500", ""])
    with pytest.raises(LibraryAway):
        shared.certificates(ELDERLY)


def test_a_picture_that_is_none_is_garbled(service, connect):
    shared = connect(service)
    certificate = shared.certificates(ELDERLY)[0]
    service.simulated.faults.append("wrong_picture")
    with pytest.raises(LibraryAway) as away:
        shared.face(certificate)
    assert away.value.code == GARBLED


def test_a_service_that_keeps_failing_is_left_alone_and_tried_again_after_a_rest(service, connect):
    clock = Clock()
    shared = connect(service, clock, failures=3, rest_seconds=15)
    service.simulated.faults.extend(["500"] * 3)
    for _ in range(3):
        with pytest.raises(LibraryAway):
            shared.certificates(ELDERLY)
    asked = service.simulated.asked.total()
    with pytest.raises(LibraryAway) as away:
        shared.certificates(ELDERLY)
    assert away.value.code == "certificates.resting"
    assert service.simulated.asked.total() == asked
    assert shared.state().state == "resting"
    clock.now += 15
    assert shared.state().state == "trying"
    assert shared.certificates(ELDERLY)
    assert shared.state().state == "ok"


def test_nobody_listening_is_unreachable(connect):
    with SharedSimulator(Simulated(EMBEDDED)) as gone:
        shared = connect(gone)
    with pytest.raises(LibraryAway) as away:
        shared.certificates(ELDERLY)
    assert away.value.code == UNREACHABLE


def test_tls_is_checked_against_the_given_authority_and_by_no_other(tmp_path, connect):
    tls = make_tls(tmp_path / "tls")
    with SharedSimulator(Simulated(EMBEDDED), tls) as service:
        assert connect(service, ca_file=tls.authority).certificates(ELDERLY)
        with pytest.raises(LibraryAway):
            connect(service).certificates(ELDERLY)


def test_an_authority_that_is_none_is_heard_of_at_once_and_not_from_a_citizen(tmp_path, service, connect):
    (tmp_path / "ca.pem").write_text("no certificate", encoding="ascii")
    with pytest.raises(OSError, match="X509"):
        connect(service, ca_file=tmp_path / "ca.pem")


def test_questions_signed_with_sm3_are_understood(service, connect):
    service.simulated.mac = "hmac-sm3"
    assert connect(service, mac="hmac-sm3").certificates(ELDERLY)
    with pytest.raises(LibraryAway):
        connect(service).certificates(ELDERLY)


def test_several_ask_at_once(service, connect):
    shared, found = connect(service), []
    threads = [
        threading.Thread(target=lambda one=one: found.append(shared.certificates(one)))
        for one in people() * 2
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == len(threads)


def test_nothing_personal_is_logged_or_said_in_a_failure(service, connect, caplog):
    caplog.set_level(logging.DEBUG)
    said = []
    for fault in ("500", "somebody_else", "wrong_json", "not_json"):
        shared = connect(service, failures=1)
        service.simulated.faults.append(fault)
        with pytest.raises(LibraryAway) as away:
            shared.certificates(ELDERLY)
        said.append(str(away.value) + repr(away.value))
    everything = caplog.text + "".join(said)
    assert "state=resting" in everything
    for secret in (ELDERLY.number, ELDERLY.name, "simulated\n", ELDERLY.number[::-1]):
        assert secret not in everything


def test_a_kind_that_is_not_known_is_said_at_the_start(service, connect):
    with pytest.raises(ValueError, match="moon-landing"):
        connect(service, kinds=("moon-landing",))


# -- answers, without a socket ----------------------------------------------------------------------------


def answer(**entry):
    entry = {"cert_identifier": "1.2.156.3005.2.A.B.C.001.1"} | entry
    return json.dumps({"head": {"status": 0}, "data": [entry]}).encode()


def read(body, fields=FIELDS, codes=None, asked=""):
    return listed(
        body, fields, kind_codes(codes or {}), number="37990X", asked=asked, company=False, today=TODAY
    )


def test_a_type_of_the_services_own_is_known_by_the_settings():
    (found,) = read(answer(cert_type_code="SD001"), codes={"marriage": "SD001"})
    assert found.kind.name == "结婚证"


def test_a_type_that_nobody_knows_keeps_its_name_and_stands_for_itself():
    (found,) = read(answer(cert_type_code="X9", cert_name="海域使用权证"))
    assert found.kind.stands_for == ("海域使用权证",)
    assert with_lines(found)[0]


@pytest.mark.parametrize("holders", ["37990X", "37990x", "37990X,37990Y", "37990Y^37990X"])
def test_a_certificate_of_two_belongs_to_both(holders):
    assert read(answer(holder_code=holders))[0].holder_number == "37990X"


@pytest.mark.parametrize("holders", ["37990", "37990XY", "A37990X", "37990Y"])
def test_a_certificate_of_somebody_else_is_never_shown(holders):
    with pytest.raises(LibraryAway):
        read(answer(holder_code=holders))


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2026-01-02", "2026-01-02"),
        ("20260102", "2026-01-02"),
        ("2026年1月2日", "2026-01-02"),
        ("2026/1/2", "2026-01-02"),
        ("2026-01-02 00:00:00", "2026-01-02"),
        ("长期", "None"),
        ("", "None"),
        ("9999-12-31", "None"),
    ],
)
def test_dates_are_read_as_services_write_them(text, day):
    assert str(read(answer(zzyxqjzrq=text))[0].valid_to) == day


@pytest.mark.parametrize(
    "entry",
    [
        {"zzyxqjzrq": "soon"},
        {"zzyxqjzrq": "2026-13-40"},
        {"name": ["张"]},
        {"name": "长" * 201},
        {"cert_identifier": ""},
        {"certno": 1.5},
        {"certno": True},
        {LINES: ["x"]},
        {LINES: {"a": "长" * 601}},
        {LINES: {"a" * 31: "x"}},
        {LINES: {str(n): "x" for n in range(41)}},
        {LINES: {str(n): "长" * 600 for n in range(11)}},
    ],
    ids=str,
)
def test_one_wrong_element_refuses_the_whole_answer(entry):
    with pytest.raises(LibraryAway) as away:
        read(answer(**entry))
    assert away.value.code == GARBLED


@pytest.mark.parametrize("data", ["null", "[]"])
def test_an_empty_list_is_a_good_answer(data):
    assert read(b'{"head":{"status":"0"},"data":' + data.encode() + b"}") == ()


@pytest.mark.parametrize("body", [b'{"head":{"status":"0"}}', b'{"head":{"status":"0"},"data":7}'])
def test_a_good_answer_without_a_list_is_no_empty_list(body):
    """Else a wrong path in the settings would tell everybody that there is nothing."""
    with pytest.raises(LibraryAway):
        read(body)


def test_a_state_that_the_settings_do_not_know_is_never_taken_for_valid():
    with pytest.raises(LibraryAway):
        read(answer(cert_status="9"))
    assert read(answer(cert_status="3"))[0].status == "revoked"
    assert read(answer(cert_status="9"), ListFields())[0].status == "valid"


def test_more_certificates_than_anybody_has_are_refused():
    entries = [{"cert_identifier": str(n)} for n in range(61)]
    with pytest.raises(LibraryAway):
        read(json.dumps({"head": {"status": "0"}, "data": entries}).encode())


@given(st.binary(max_size=200) | st.text(max_size=100).map(str.encode))
@settings(max_examples=100)
def test_no_bytes_break_the_reading_of_answers(body):
    with pytest.raises(LibraryAway):
        read(body)
    with pytest.raises((LibraryAway, FaceMissing)):
        picture(body, FIELDS, "data.content")


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
names = st.sampled_from(
    ["cert_identifier", "name", "certno", "holder_code", "zzyxqjzrq", "cert_status", LINES]
)


@given(st.dictionaries(names, json_values) | json_values)
@settings(max_examples=150)
def test_any_json_is_a_list_of_certificates_or_refused(entry):
    body = json.dumps({"head": {"status": "0"}, "data": entry}).encode()
    try:
        found = read(body)
    except LibraryAway as away:
        refused = away.code
    else:
        refused = GARBLED
        assert all(one.identifier for one in found)
    assert refused == GARBLED


def test_very_deep_json_is_refused():
    with pytest.raises(LibraryAway):
        read(b"[" * 100_000)


# -- the choice -------------------------------------------------------------------------------------------


def test_the_settings_choose_the_library(service, tmp_path):
    secret = tmp_path / "secret"
    secret.write_bytes(b"s")
    shared = Shared(url=service.url, app_id="hall", secret_file=secret)
    chosen = library(Certificates(kind="shared", shared=shared), FONT)
    assert isinstance(chosen, SharedLibrary)
    chosen.close()
    assert isinstance(library(Certificates(), FONT), EmbeddedLibrary)
