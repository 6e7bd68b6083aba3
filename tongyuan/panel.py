"""What the demo's page can do to the simulated devices: buttons with a state."""

from typing import Any

from drivers.idcard.samples import sample_cards
from drivers.pcsc.simulated_card import SimulatedCard
from drivers.pcsc.vcard import sample_social_holders
from tongyuan.demo import Demo

CARDS = {
    "adult": "成年人 adult",
    "elderly": "老年人 elderly",
    "hkmotw": "港澳台居民 HK, Macao, Taiwan",
    "foreigner": "外国人 foreigner",
    "foreigner_old": "外国人（旧版）foreigner, old card",
}
SOCIAL = {"adult": "二代 2nd generation", "elderly": "老年人 elderly", "third": "三代 3rd generation"}
# Held to the scanner: place in the hall's list of invented people, kind, what is wrong with it.
CODES: dict[str, tuple[str, int, str, str]] = {
    "elderly": ("老年人的居民码 resident", 0, "resident", ""),
    "adult": ("成年人的居民码 resident", 1, "resident", ""),
    "nobody": ("没有证照的人 without certificates", 4, "resident", ""),
    "company": ("企业码 company", 5, "enterprise", ""),
    "expired": ("过期 expired", 0, "resident", "expired"),
    "forged": ("伪造 forged", 0, "resident", "forged"),
    "other_city": ("外市 another city", 0, "resident", "other_city"),
}
PRINTER = {
    "paper": ("缺纸 out of paper", "paper_out"),
    "low": ("纸将尽 paper low", "near_end"),
    "cover": ("开盖 cover open", "cover_open"),
    "silent": ("无应答 silent", "silent"),
}

Buttons = list[dict[str, Any]]


class Panel:
    def __init__(self, demo: Demo) -> None:
        self._demo = demo
        self._cards = sample_cards()
        self._laid: str | None = None
        self._inserted: str | None = None

    def state(self) -> dict[str, Buttons]:
        """Every device's buttons; a device that is not there has none."""
        slot = self._demo.devices.slot
        printer = self._demo.devices.printer.printer
        return {
            "cards": [*_choice(CARDS, self._laid), _button("lift", "拿走 lift")],
            "codes": [_button(name, label) for name, (label, *_) in CODES.items()],
            "social": [*_choice(SOCIAL, self._inserted), _button("out", "拔出 take out")] if slot else [],
            "printer": [
                _button(name, label, getattr(printer, what)) for name, (label, what) in PRINTER.items()
            ],
        }

    def press(self, device: str, what: str) -> None:
        """Raises LookupError for a device or a button that is not there."""
        {"cards": self._card, "codes": self._code, "social": self._social, "printer": self._printer}[device](
            what
        )

    def hold_up(self, picture: bytes) -> None:
        """Hold a picture of a code to the scanner. Raises ValueError, OSError where there is none in it."""
        self._demo.devices.scanner.hold_up(picture)

    def _card(self, name: str) -> None:
        self._demo.devices.reader.lift()
        self._laid = None
        if name != "lift":
            self._demo.devices.reader.lay(self._cards[name])
            self._laid = name

    def _social(self, name: str) -> None:
        slot = self._demo.devices.slot
        if slot is None:
            raise LookupError(name)
        slot.remove()
        self._inserted = None
        if name != "out":
            holder = sample_social_holders()["adult" if name == "third" else name]
            slot.insert(SimulatedCard(holder, generation=3 if name == "third" else 2))
            self._inserted = name

    def _code(self, name: str) -> None:
        _, person, kind, flaw = CODES[name]
        self._demo.devices.scanner.show(self._demo.code(person, kind, flaw))

    def _printer(self, what: str) -> None:
        name, printer = PRINTER[what][1], self._demo.devices.printer.printer
        setattr(printer, name, not getattr(printer, name))


def _choice(labels: dict[str, str], chosen: str | None) -> Buttons:
    return [_button(name, label, name == chosen) for name, label in labels.items()]


def _button(name: str, label: str, on: bool = False) -> dict[str, Any]:
    return {"do": name, "label": label, "on": on}
