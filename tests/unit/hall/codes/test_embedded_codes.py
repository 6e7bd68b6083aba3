"""The embedded issuer and verifier: what is good once, and everything that is refused, with which words."""

from base64 import b32decode, b32encode
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from threading import Barrier, Thread

import pytest
import segno
from hypothesis import given, settings
from hypothesis import strategies as st

from hall.codes.embedded import EmbeddedVerifier, Issuer, Shown
from hall.codes.holders import BadHolder, pack, unpack
from hall.codes.keys import OVERLAP, ROTATE, CodeKeys
from hall.codes.port import CodeRefused, CodeSource, Company, Holder, VerifierAway
from hall.codes.suites import SUITES, SuiteName
from hall.codes.token import PREFIX, Token, decode, encode

NOW = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
CITY = "370100"
PERSON = Holder("37010019900101001X", "张晓三", date(1990, 1, 1))
AGENT = replace(
    PERSON, company=Company("清源样例科技有限公司", "91370100MA00000000", "办理社保登记", date(2029, 12, 31))
)
both = pytest.mark.parametrize("suite", SUITES)


@pytest.fixture
def keys(tmp_path: Path) -> CodeKeys:
    return CodeKeys(tmp_path / "keys.json")


@pytest.fixture
def issuer(keys: CodeKeys) -> Issuer:
    return Issuer(keys, CITY)


@pytest.fixture
def verifier(keys: CodeKeys) -> EmbeddedVerifier:
    return EmbeddedVerifier(keys, CITY, NOW)


def refusal(verifier: EmbeddedVerifier, code: str, now: datetime = NOW) -> str:
    with pytest.raises(CodeRefused) as refused:
        verifier.verify(code, now)
    said = str(refused.value)
    assert not any(secret in said for secret in (PERSON.number, PERSON.name, code[:40]) if secret)
    return refused.value.code


def seconds(count: float) -> timedelta:
    return timedelta(seconds=count)


@both
@pytest.mark.parametrize(("holder", "source"), [(PERSON, "resident_code"), (AGENT, "enterprise_code")])
def test_a_code_tells_its_holder_once(
    tmp_path: Path, suite: SuiteName, holder: Holder, source: CodeSource
) -> None:
    keys = CodeKeys(tmp_path / "keys", suite)
    verifier = EmbeddedVerifier(keys, CITY, NOW)
    code = Issuer(keys, CITY).issue(holder, source, NOW)
    verified = verifier.verify(code, NOW + seconds(5))
    assert (verified.holder, verified.source) == (holder, source)
    assert refusal(verifier, code, NOW + seconds(6)) == "code.replayed"


def test_nothing_of_the_holder_stands_in_the_code(issuer: Issuer) -> None:
    code = issuer.issue(PERSON, "resident_code", NOW)
    raw = b32decode(code.removeprefix(PREFIX) + "=" * (-(len(code) - 4) % 8))
    for text in (PERSON.number, PERSON.name):
        for encoding in ("utf-8", "gb18030", "utf-16-le"):
            assert text.encode(encoding) not in raw
    assert PERSON.number not in repr(decode(code))


def version_of(code: str) -> int:
    return int(segno.make_qr(code, error="m").version)


def test_a_residents_code_is_a_qr_of_version_8_at_most(issuer: Issuer) -> None:
    assert version_of(issuer.issue(PERSON, "resident_code", NOW)) <= 8
    assert version_of(issuer.issue(AGENT, "enterprise_code", NOW)) <= 11


def test_its_time_ends_to_the_millisecond(issuer: Issuer, verifier: EmbeddedVerifier) -> None:
    codes = [issuer.issue(PERSON, "resident_code", NOW, 30) for _ in range(2)]
    assert verifier.verify(codes[0], NOW + seconds(29.999)).holder == PERSON
    assert refusal(verifier, codes[1], NOW + seconds(30)) == "code.expired"


def test_an_expired_code_that_was_shown_is_called_expired(issuer: Issuer, verifier: EmbeddedVerifier) -> None:
    code = issuer.issue(PERSON, "resident_code", NOW)
    verifier.verify(code, NOW)
    assert refusal(verifier, code, NOW + seconds(60)) == "code.expired"


def test_a_code_from_the_future_is_tolerated_by_the_skew_only(
    issuer: Issuer, verifier: EmbeddedVerifier
) -> None:
    assert verifier.verify(issuer.issue(PERSON, "resident_code", NOW + seconds(5)), NOW)
    ahead = issuer.issue(PERSON, "resident_code", NOW + seconds(5.5))
    assert refusal(verifier, ahead) == "code.not_yet"
    assert verifier.verify(ahead, NOW + seconds(1))  # being refused did not spend it


def test_another_citys_code_is_told_apart_before_anything_else(
    issuer: Issuer, verifier: EmbeddedVerifier
) -> None:
    other = issuer.issue(PERSON, "resident_code", NOW - seconds(900), city="440300")
    assert refusal(verifier, other) == "code.other_city"


def test_another_issuers_signature_is_a_forgery(tmp_path: Path, verifier: EmbeddedVerifier) -> None:
    forger = Issuer(CodeKeys(tmp_path / "other"), CITY)
    assert refusal(verifier, forger.issue(PERSON, "resident_code", NOW)) == "code.forged"


def test_a_forger_who_names_our_key_is_still_a_forger(
    tmp_path: Path, keys: CodeKeys, issuer: Issuer, verifier: EmbeddedVerifier
) -> None:
    suite, ours = SUITES["ed25519"], keys.signing(NOW)
    token = decode(issuer.issue(PERSON, "resident_code", NOW))
    mine = suite.new_secret()
    forged = replace(token, key=ours.id, signature=suite.sign(mine, token.signed()))
    assert refusal(verifier, encode(forged)) == "code.forged"
    assert refusal(verifier, encode(replace(token, key=b"\0\0"))) == "code.forged"
    assert refusal(verifier, encode(replace(token, life=599))) == "code.forged"
    assert refusal(verifier, encode(replace(token, source="enterprise_code"))) == "code.forged"


def test_what_is_signed_but_not_sealed_by_us_names_nobody(
    keys: CodeKeys, issuer: Issuer, verifier: EmbeddedVerifier
) -> None:
    key = keys.signing(NOW)
    token = replace(decode(issuer.issue(PERSON, "resident_code", NOW)), sealed=bytes(40))
    signed = replace(token, signature=SUITES[key.suite].sign(key.secret, token.signed()))
    assert refusal(verifier, encode(signed)) == "code.unknown"


def test_a_restart_does_not_reopen_the_window_for_replays(keys: CodeKeys, issuer: Issuer) -> None:
    shown = issuer.issue(PERSON, "resident_code", NOW)
    EmbeddedVerifier(keys, CITY, NOW).verify(shown, NOW)
    restarted = EmbeddedVerifier(keys, CITY, NOW + seconds(2))
    assert refusal(restarted, shown, NOW + seconds(3)) == "code.expired"
    fresh = issuer.issue(PERSON, "resident_code", NOW + seconds(2))
    assert restarted.verify(fresh, NOW + seconds(3)).holder == PERSON


def test_a_clock_set_back_does_not_bring_a_forgotten_code_back(
    issuer: Issuer, verifier: EmbeddedVerifier
) -> None:
    shown = issuer.issue(PERSON, "resident_code", NOW)
    verifier.verify(shown, NOW)
    verifier.verify(issuer.issue(PERSON, "resident_code", NOW + seconds(120)), NOW + seconds(120))
    assert refusal(verifier, shown, NOW + seconds(1)) == "code.expired"


def test_a_clock_that_leapt_ahead_and_came_back_does_not_lock_everybody_out(
    issuer: Issuer, verifier: EmbeddedVerifier
) -> None:
    verifier.verify(issuer.issue(PERSON, "resident_code", NOW), NOW)
    early = issuer.issue(PERSON, "resident_code", NOW + seconds(1))
    assert refusal(verifier, early, NOW + timedelta(days=1)) == "code.expired"
    later = issuer.issue(PERSON, "resident_code", NOW + seconds(10))
    assert verifier.verify(later, NOW + seconds(11)).holder == PERSON


def test_many_threads_with_one_code_make_one_success(issuer: Issuer, verifier: EmbeddedVerifier) -> None:
    code, start, outcomes = issuer.issue(PERSON, "resident_code", NOW), Barrier(8), list[str]()

    def show() -> None:
        start.wait()
        try:
            verifier.verify(code, NOW)
            outcomes.append("good")
        except CodeRefused as refused:
            outcomes.append(refused.code)

    threads = [Thread(target=show) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["code.replayed"] * 7 + ["good"]


def token_of(number: int, issued: int, life: int = 60) -> Token:
    return Token("resident_code", CITY, b"kk", number.to_bytes(12, "big"), issued, life)


def test_memory_of_what_was_shown_is_bounded_and_lets_nobody_in_when_full() -> None:
    shown = Shown(0, most=10)
    for number in range(10):
        shown.take(token_of(number, 1000), 1000)
    with pytest.raises(VerifierAway, match=r"code\.unreachable"):
        shown.take(token_of(11, 1000), 1000)
    shown.take(token_of(12, 61_000), 61_000)
    assert len(shown) == 1


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 90)), max_size=40))
@settings(max_examples=100, deadline=None)
def test_nothing_is_shown_twice_whatever_the_clock_does(steps: list[tuple[int, int]]) -> None:
    shown, taken = Shown(0), set[int]()
    for number, now in steps:
        try:
            shown.take(token_of(number, number * 10, life=20), now * 1000)
        except CodeRefused:
            continue
        assert number not in taken
        taken.add(number)


def test_old_keys_verify_for_the_overlap_and_are_then_forgotten(keys: CodeKeys, issuer: Issuer) -> None:
    verifier = EmbeddedVerifier(keys, CITY, NOW)
    before = issuer.issue(PERSON, "resident_code", NOW)
    first = keys.signing(NOW)
    second = keys.rotate(NOW + seconds(1))
    assert verifier.verify(before, NOW + seconds(2)).holder == PERSON
    after = issuer.issue(PERSON, "resident_code", NOW + seconds(2))
    assert decode(after).key == second.id
    keys.rotate(NOW + OVERLAP + seconds(2))
    assert keys.find(first.id) is None
    assert keys.find(second.id) is not None


def test_a_key_that_served_its_time_is_followed_by_another(keys: CodeKeys) -> None:
    first = keys.signing(NOW)
    assert keys.signing(NOW + ROTATE - seconds(1)) == first
    assert keys.signing(NOW + ROTATE) != first


def test_keys_outlive_a_restart_in_a_file_nobody_else_reads(tmp_path: Path) -> None:
    path = tmp_path / "keys"
    made = CodeKeys(path).signing(NOW)
    assert path.stat().st_mode & 0o777 == 0o600
    assert CodeKeys(path).signing(NOW) == made
    assert made.secret.hex() not in repr(made)
    assert [file.name for file in tmp_path.iterdir()] == ["keys"]


def test_another_suite_by_setting_makes_a_new_key_and_keeps_the_old(tmp_path: Path) -> None:
    old = CodeKeys(tmp_path / "keys").signing(NOW)
    ring = CodeKeys(tmp_path / "keys", "sm2")
    assert ring.signing(NOW).suite == "sm2"
    assert ring.find(old.id) == old


def test_a_damaged_or_open_key_file_is_said_and_not_quoted(tmp_path: Path) -> None:
    path = tmp_path / "keys"
    CodeKeys(path).signing(NOW)
    path.write_text('{"keys": [{"secret": "topsecret"}]}')
    with pytest.raises(ValueError, match="damaged") as damaged:
        CodeKeys(path)
    assert "topsecret" not in str(damaged.value)
    path.chmod(0o644)
    with pytest.raises(ValueError, match="chmod 600"):
        CodeKeys(path)


def test_what_does_not_fit_is_not_issued(issuer: Issuer) -> None:
    with pytest.raises(BadHolder):
        issuer.issue(PERSON, "enterprise_code", NOW)
    with pytest.raises(BadHolder):
        issuer.issue(AGENT, "resident_code", NOW)
    with pytest.raises(BadHolder):
        issuer.issue(replace(PERSON, name="名" * 200), "resident_code", NOW)
    for life in (0, -1, 601):
        with pytest.raises(ValueError, match="lives"):
            issuer.issue(PERSON, "resident_code", NOW, life)


texts = st.text(max_size=40).filter(lambda text: len(text.encode("gb18030", "replace")) <= 255)
dates = st.none() | st.dates()
companies = st.builds(Company, texts, texts, texts, dates)
holders = st.builds(Holder, texts, texts, dates, st.none() | companies)


@given(holders)
@settings(max_examples=200, deadline=None)
def test_a_holder_comes_out_as_it_went_in(holder: Holder) -> None:
    assert unpack(pack(holder), holder.company is not None) == holder


@given(st.binary(max_size=120), st.booleans())
@settings(max_examples=200, deadline=None)
def test_bytes_are_a_holder_in_one_way_or_not_at_all(data: bytes, with_company: bool) -> None:
    try:
        holder = unpack(data, with_company)
    except BadHolder:
        return
    assert pack(holder) == data


@pytest.mark.parametrize("holder", [PERSON, AGENT])
def test_a_holder_with_anything_after_it_or_cut_off_is_none(holder: Holder) -> None:
    packed, with_company = pack(holder), holder.company is not None
    for wrong in (packed + b"\0", packed[:-1], b"", packed * 2, bytes(2000)):
        with pytest.raises(BadHolder):
            unpack(wrong, with_company)
    with pytest.raises(BadHolder):
        unpack(packed, not with_company)


HOSTILE = [
    "",
    " ",
    PREFIX,
    "<script>alert(1)</script>",
    "https://evil.example/?q=TY1.AAAA",
    "'; DROP TABLE tickets; --",
    "{{7*7}}",
    "${jndi:ldap://x}",
    "../../etc/passwd",
    "TY1." + "A" * 4000,
    "TY1." + "=" * 300,
    "TY1." + "码" * 100,
    "\0" * 100,
    "TY1." + "A" * 10_000_000,
    "ty1." + "a" * 220,
    "\ud800" * 50,
    "TY1." + "１" * 220,
]


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_what_is_no_code_is_unknown_and_nothing_else(verifier: EmbeddedVerifier, text: str) -> None:
    with pytest.raises(CodeRefused) as refused:
        verifier.verify(text, NOW)
    assert refused.value.code == "code.unknown"
    assert len(str(refused.value)) < 60


@given(st.text(max_size=300) | st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", max_size=4092).map(PREFIX.__add__))
@settings(max_examples=200, deadline=None)
def test_whatever_is_scanned_is_a_canonical_token_or_unknown(text: str) -> None:
    said = ""
    try:
        said = encode(decode(text))
    except CodeRefused as refused:
        said = refused.code
    assert said in (text, "code.unknown")


def test_a_code_cut_anywhere_is_never_accepted(issuer: Issuer, verifier: EmbeddedVerifier) -> None:
    code = issuer.issue(PERSON, "resident_code", NOW)
    for end in range(len(code)):
        assert refusal(verifier, code[:end]) in ("code.unknown", "code.forged")
        assert refusal(verifier, code[end + 1 :]) == "code.unknown"
    for longer in (code + "A", code + "=", code + "\n", " " + code, code + "AAAAAAAA", code.lower()):
        assert refusal(verifier, longer) in ("code.unknown", "code.forged")
    assert verifier.verify(code, NOW).holder == PERSON


def changed_bytes(code: str) -> list[str]:
    """The code with each bit of its bytes flipped, written as the codec writes them."""
    digits = code.removeprefix(PREFIX)
    raw = b32decode(digits + "=" * (-len(digits) % 8))
    flips = []
    for at in range(len(raw) * 8):
        flipped = bytearray(raw)
        flipped[at // 8] ^= 1 << at % 8
        flips.append(PREFIX + b32encode(bytes(flipped)).decode().rstrip("="))
    return flips


def test_a_code_with_any_bit_flipped_is_never_accepted(issuer: Issuer, verifier: EmbeddedVerifier) -> None:
    code = issuer.issue(PERSON, "resident_code", NOW)
    outcomes = {refusal(verifier, changed) for changed in changed_bytes(code)}
    assert outcomes == {"code.unknown", "code.forged", "code.other_city"}
    assert verifier.verify(code, NOW).holder == PERSON


def test_a_code_with_any_character_changed_is_never_accepted(
    issuer: Issuer, verifier: EmbeddedVerifier
) -> None:
    code = issuer.issue(AGENT, "enterprise_code", NOW)
    for at in range(len(code)):
        for other in "A7z=<":
            if other != code[at]:
                assert refusal(verifier, code[:at] + other + code[at + 1 :]) != "code.replayed"
    assert verifier.verify(code, NOW).holder == AGENT


def test_the_unused_bits_of_the_last_character_mean_nothing_else(keys: CodeKeys) -> None:
    """Otherwise several texts would decode to the same bytes, each of them good once."""
    issuer, verifier = Issuer(keys, CITY), EmbeddedVerifier(keys, CITY, NOW)
    code = issuer.issue(replace(PERSON, name="张三"), "resident_code", NOW)
    assert len(b32decode(code.removeprefix(PREFIX) + "=" * (-(len(code) - 4) % 8))) % 5  # some are unused
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
    for last in alphabet.replace(code[-1], ""):
        assert refusal(verifier, code[:-1] + last) in ("code.unknown", "code.forged")
    assert verifier.verify(code, NOW)
