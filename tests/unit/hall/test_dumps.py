"""A process that holds somebody's data leaves no core file, and its service is not swapped out."""

import configparser
import subprocess
import sys
from pathlib import Path

import pytest

UNITS = sorted((Path(__file__).parents[3] / "provisioning" / "units").glob("*.service"))
ASK = """
import ctypes, resource
from hall.wire.dumps import forbid_dumps
forbid_dumps()
print(ctypes.CDLL(None).prctl(3, 0, 0, 0, 0), *resource.getrlimit(resource.RLIMIT_CORE))
"""


def test_a_process_forbids_its_dumps() -> None:
    said = subprocess.run([sys.executable, "-c", ASK], capture_output=True, text=True, check=True)
    assert said.stdout.split() == ["0", "0", "0"]  # PR_GET_DUMPABLE, soft and hard limit


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_a_service_unit_keeps_memory_off_every_disk(unit: Path) -> None:
    parser = configparser.ConfigParser(strict=False, interpolation=None)
    parser.optionxform = str  # type: ignore[assignment]  # systemd's keys are case-sensitive
    parser.read_string(unit.read_text(encoding="utf-8"))
    service = parser["Service"]
    assert (service["LimitCORE"], service["MemorySwapMax"]) == ("0", "0")
    assert "/tmp" in service["TemporaryFileSystem"]
    assert service["UMask"] == "0077"
