"""How a hall deals with appointments (预约) made elsewhere."""

from pydantic import Field

from config.part import Part


class Appointments(Part):
    """When an appointment can be checked in (签到)."""

    early_minutes: int = Field(
        default=30, ge=0, le=600, description="Check-in begins this many minutes before the appointed time"
    )
    grace_minutes: int = Field(
        default=15, ge=0, le=600, description="… and ends this many minutes after the appointed time is over"
    )
