"""The whole console at the centre's door."""

from zoneinfo import ZoneInfo

from provisioning.centre.api.door import Door
from provisioning.centre.console.frame import Frame
from provisioning.centre.console.pages.administration import add_administration
from provisioning.centre.console.pages.alarms import add_alarms
from provisioning.centre.console.pages.drafts import add_drafts
from provisioning.centre.console.pages.editor import add_editor
from provisioning.centre.console.pages.entrance import add_entrance
from provisioning.centre.console.pages.journals import add_journals
from provisioning.centre.console.pages.letting_in import add_letting_in
from provisioning.centre.console.pages.overview import add_overview
from provisioning.centre.console.pages.places import add_places
from provisioning.centre.console.pages.rollouts import add_rollouts
from provisioning.centre.console.pages.terminal import add_terminal
from provisioning.centre.console.pages.terminals import add_terminals
from provisioning.centre.console.services import Services


def add_console(door: Door, services: Services, zone: ZoneInfo) -> None:
    """Declare every page. ``zone``: of the wall that the times on the pages are for."""
    frame = Frame(services.now, zone)
    for add in (
        add_entrance,
        add_overview,
        add_terminals,
        add_terminal,
        add_drafts,
        add_editor,
        add_rollouts,
        add_alarms,
        add_letting_in,
        add_places,
        add_journals,
        add_administration,
    ):
        add(door, frame, services)
    door.refused_page = frame.refused
