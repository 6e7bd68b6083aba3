"""A screen that has no list to show says so on one card, with the ways on. No Kivy."""

from dataclasses import dataclass

from screens.visit import Terminal


@dataclass(frozen=True, slots=True)
class Way:
    """A button of the card."""

    intent: str = ""
    icon: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class StateCard:
    """Nothing is shown without a title. ``main`` is the filled button, ``second`` the outlined one."""

    icon: str = ""
    title: str = ""
    line: str = ""
    code: str = ""
    main: Way = Way()
    second: Way = Way()


def missing(terminal: Terminal) -> StateCard:
    """Guides cannot be read: the general desk can be asked, or somebody called."""
    words = terminal.words
    return StateCard(
        icon="book-alert-outline",
        title=words("find.missing.title"),
        line=words("find.missing.line" if terminal.gives_numbers else "find.missing.line_no_numbers"),
        code=words("fault.code", code=terminal.catalogue_code) if terminal.catalogue_code else "",
        main=Way("take", "ticket-confirmation-outline", words("find.missing.take"))
        if terminal.gives_numbers
        else Way(),
        second=Way("staff", "face-agent", words("find.missing.staff")),
    )


def waiting(terminal: Terminal) -> StateCard:
    """The answer takes longer than it should; help is a touch away."""
    words = terminal.words
    return StateCard(
        icon="timer-sand",
        title=words("find.waiting.title"),
        line=words("find.waiting.line"),
        second=Way("staff", "face-agent", words("find.missing.staff")),
    )
