"""Where the hall's pages show a guide, with the citizen's answers in the address. No personal data goes there."""

from urllib.parse import parse_qsl, quote, urlencode

from hall.catalogue.cases import Answers


def guide_path(guide: str, answers: Answers | None = None) -> str:
    """Path and query of a guide's or a bundle's phone page; answers go as ``case=option``."""
    path = f"/g/{quote(guide, safe='')}"
    return f"{path}?{urlencode(sorted(answers.items()))}" if answers else path


def answers_in(query: str) -> dict[str, str]:
    """The answers of a page's query string; whatever is not one is harmless: it answers no question."""
    return dict(parse_qsl(query[:2000], max_num_fields=40))
