"""What the simulated printer says about its condition: the bytes that ``status`` reads, made. Pure."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Condition:
    paper_out: bool
    near_end: bool
    cover_open: bool
    cutter_error: bool

    @property
    def stopped(self) -> bool:
        return self.paper_out or self.cover_open or self.cutter_error

    def real_time(self, n: int) -> bytes:
        """The answer to DLE EOT 1 to 4."""
        byte = {
            1: 0x08 * self.stopped,
            2: 0x04 * self.cover_open | 0x20 * self.paper_out | 0x40 * self.cutter_error,
            3: 0x08 * self.cutter_error,
            4: 0x0C * self.near_end | 0x60 * self.paper_out,
        }[n]
        return bytes((0x12 | byte,))

    def paper(self) -> bytes:
        """The answer to GS r 1."""
        return bytes((0x03 * self.near_end | 0x0C * self.paper_out,))

    def pushed(self) -> bytes:
        """The frame of GS a."""
        first = 0x10 | 0x08 * self.stopped | 0x20 * self.cover_open
        return bytes((first, 0x08 * self.cutter_error)) + self.paper() + b"\0"

    def full(self) -> bytes:
        """The answer to CUSTOM's 10 04 14."""
        paper = 0x01 * self.paper_out | 0x04 * self.near_end
        return bytes((0x10, 0x0F, paper, 0x02 * self.cover_open, 0, 0x01 * self.cutter_error))
