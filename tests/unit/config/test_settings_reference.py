"""The settings reference and the JSON Schema: all of it, as it is now."""

import json
from pathlib import Path

import pytest

from config.hall import Hall
from config.keys import keys_of
from config.kiosk import Kiosk
from config.layers import default_layer
from config.reference import reference, schema
from config.settings import Settings

DOCS = Path(__file__).parents[3] / "docs"


def test_the_schema_in_the_documents_is_the_one_of_today() -> None:
    assert (DOCS / "settings.schema.json").read_text(encoding="utf-8") == schema()


def test_every_key_is_in_the_reference_once_with_its_default() -> None:
    text = reference()
    for path, key in [*keys_of(Hall).items(), *(keys_of(Kiosk) | keys_of(Settings)).items()]:
        assert f"| `{path}` | {key.type.replace('|', chr(92) + '|')} | {key.default} |" in text
    assert text.count("| `screen.theme` |") == 1
    assert "  |\n" not in text.partition("## What the fleet")[2], "a key without a meaning"


@pytest.mark.parametrize(
    ("path", "type_"),
    [
        ("screen", "table [ ]"),
        ("notices", "table [[ ]]"),
        ("screen.theme", "`normal` / `large` / `contrast`"),
        ("voice.volume", "int (ge=0, le=100)"),
        ("window", "str or unset"),
    ],
)
def test_types_are_said_in_tomls_words(path: str, type_: str) -> None:
    assert keys_of(Settings)[path].type == type_
    assert keys_of(Hall)["policies"].type == "table [ .name ]"
    assert keys_of(Hall)["codes"].type == "table [ ]"


def test_every_leaf_of_the_defaults_is_a_key_that_can_be_explained() -> None:
    assert default_layer().leaves.keys() <= keys_of(Settings).keys()


def test_the_schema_names_every_key_at_the_top_and_what_is_needed() -> None:
    told = json.loads(schema())
    assert told["properties"].keys() == Settings.model_fields.keys()
    assert told["required"] == ["role", "name", "source"]
