"""What the printer's tests share: the screen's font, a slip."""

import sys
from pathlib import Path

import pytest

from drivers.printer.ticket import Slip


@pytest.fixture(scope="session")
def font_path() -> Path:
    path = Path(sys.prefix) / "share" / "tongyuan" / "fonts" / "HallSans-Regular.otf"
    if not path.exists():
        pytest.skip(f"the screen's font is not installed at {path}")
    return path


@pytest.fixture
def slip() -> Slip:
    return Slip(
        hall="同源市政务服务中心",
        number="A012",
        queue="社会保险",
        queue_en="Social insurance",
        ahead=12,
        wait="约 20–28 分钟",
        zone="A区",
        windows="3–8号窗口",
        taken="2026-11-23 09:35:02",
        url="https://hall.invalid/t/abcdefgh",
        job="k1-20261123-000012",
        copy=False,
        terminal="K01",
        notices=("过号请到叫号台重新排队。",),
        item="城乡居民养老保险参保登记",
        catalogue="目录 2026.11.3",
    )
