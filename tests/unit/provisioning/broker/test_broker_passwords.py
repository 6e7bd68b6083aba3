"""Hashes of the password file, against mosquitto's own tool."""

import shutil
import stat
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from provisioning.broker import passwords

TOOL = shutil.which("mosquitto_passwd", path="/usr/bin:/usr/local/bin")
secret = st.text(st.characters(codec="utf-8", exclude_categories=["C"]), min_size=1, max_size=40)


@pytest.mark.skipif(TOOL is None, reason="mosquitto_passwd is not installed")
@pytest.mark.parametrize("password", ["secret", "口令 mit Umlaut ä", "x" * 200, "a:b$c"])
def test_what_mosquittos_own_tool_writes_is_ours(tmp_path: Path, password: str) -> None:
    file = tmp_path / "passwords"
    file.touch(mode=0o600)
    subprocess.run([str(TOOL), "-b", str(file), "qy-k01", password], check=True, capture_output=True)
    kept = passwords.read(file)["qy-k01"]
    assert passwords.matches(password, kept)
    assert not passwords.matches(password + "x", kept)


@given(secret, secret)
@settings(max_examples=50)
def test_a_hash_is_of_one_password_and_salted(password: str, other: str) -> None:
    kept = passwords.hashed(password)
    assert passwords.matches(password, kept)
    assert passwords.matches(other, kept) == (password == other)
    assert passwords.hashed(password) != kept
    assert password not in kept or len(password) < 8  # few letters stand in any hash


@pytest.mark.parametrize(
    "kept", ["", "x", "$7$", "$7$101$!!$!!", "$6$101$AAAA$AAAA", "$7$0$AAAA$AAAA", "$7$-1$AA==$AA=="]
)
def test_what_is_no_hash_matches_nothing(kept: str) -> None:
    assert not passwords.matches("", kept)


def test_the_file_is_replaced_in_one_step_and_closed_to_others(tmp_path: Path) -> None:
    file = tmp_path / "passwords"
    passwords.write(file, {"b": "$7$2", "a": "$7$1"})
    held = file.open()  # who has the old one open reads it whole
    passwords.write(file, {"c": "$7$3"})
    assert held.read() == "a:$7$1\nb:$7$2\n"
    held.close()
    assert passwords.read(file) == {"c": "$7$3"}
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["passwords"]


@pytest.mark.parametrize("user", ["", "a:b", "a\nroot", "a#", "+", "a/b"])
def test_a_name_that_would_mean_something_else_is_refused(tmp_path: Path, user: str) -> None:
    with pytest.raises(ValueError, match="cannot stand"):
        passwords.write(tmp_path / "passwords", {user: "$7$1"})


def test_no_file_yet_is_nobody(tmp_path: Path) -> None:
    assert passwords.read(tmp_path / "passwords") == {}
