"""What people say and what the catalogue calls it: a versioned file that staff edit, apart from all code."""

import tomllib
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import Field, ValidationError

from config.part import Part
from hall.catalogue.cleaning import HOSTILE, shown
from hall.catalogue.model import Name


class VocabularyRefused(Exception):
    """A vocabulary file that cannot be used; the message names the file, the key and the reason."""

    code = "catalogue.vocabulary"


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """``synonyms``: what people say → official words as they stand in item names."""

    version: str = ""
    synonyms: dict[str, tuple[str, ...]] = field(default_factory=dict)
    hot: tuple[str, ...] = ()  # words to begin with, best first
    deny: tuple[str, ...] = ()  # never suggested


class _File(Part):
    version: Name
    hot: tuple[Name, ...] = ()
    deny: tuple[Name, ...] = ()
    synonyms: dict[Name, tuple[Name, ...]] = Field(default_factory=dict)


def read(path: Path) -> Vocabulary:
    """The vocabulary in the TOML file ``path``. Raises VocabularyRefused."""
    try:
        found = _File.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise VocabularyRefused(f"{path}: cannot be read: {error.strerror}") from error
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise VocabularyRefused(f"{path}: is not TOML in UTF-8: {error}") from error
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        raise VocabularyRefused(f"{path}: {key}: {first['msg']}") from error
    for word in (*found.hot, *found.synonyms, *(word for words in found.synonyms.values() for word in words)):
        if HOSTILE.search(word):
            raise VocabularyRefused(f"{path}: {shown(word)}: contains a character that nobody can see")
    return Vocabulary(found.version, dict(found.synonyms), found.hot, found.deny)


def national() -> Vocabulary:
    """The words of the whole country, which come with the software."""
    return read(Path(__file__).parent / "words" / "national.toml")


def merged(national: Vocabulary, site: Vocabulary) -> Vocabulary:
    """``national`` with what the site adds or says differently; an empty list takes a key away.

    The site's hot words replace the national ones, if it has any; what either denies is denied.
    """
    synonyms = {said: words for said, words in (national.synonyms | site.synonyms).items() if words}
    version = "+".join(part for part in (national.version, site.version) if part)
    deny = tuple(dict.fromkeys(national.deny + site.deny))
    return Vocabulary(version, synonyms, site.hot or national.hot, deny)
