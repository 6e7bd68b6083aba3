"""``tongyuan config``, as it is typed."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from tongyuan.config_commands import app

run = CliRunner()
SITE = Path(__file__).parents[3] / "config" / "sites" / "qingyuan" / "hall.toml"


@pytest.fixture
def layers(tmp_path: Path) -> list[str]:
    texts = {
        "row.toml": 'role = "terminal"\nname = "一号"\n[source]\nhall = "qy"\nurl = "http://10.1.2.3:8080"\n',
        "hall.toml": '[screen]\ntheme = "large"\n',
        "k01.json": '{"screen": {"themes": ["large"], "language": null}}',
    }
    for name, text in texts.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    return [str(tmp_path / name) for name in texts]


def test_explain_says_what_a_key_means_who_decides_it_and_what_lies_below(layers: list[str]) -> None:
    said = run.invoke(
        app, ["explain", "screen.theme", *(word for path in layers for word in ("--layer", path))]
    )
    assert said.exit_code == 0
    assert "normal / large / contrast" in said.output
    assert "default: normal" in said.output
    assert f'screen.theme = "large"   said by {layers[1]}' in said.output
    assert 'over "normal", said by the product (default)' in said.output


def test_explain_of_a_table_says_all_that_holds_in_it(layers: list[str]) -> None:
    said = run.invoke(app, ["explain", "screen", *(word for path in layers for word in ("--layer", path))])
    assert "in it: width, height" in said.output
    assert f'screen.themes = ["large"]   said by {layers[2]}' in said.output
    assert 'screen.language = "zh"   said by the product (default)' in said.output


def test_explain_knows_halls_too_and_offers_what_was_meant() -> None:
    assert "of a hall" in run.invoke(app, ["explain", "policy.max_recalls"]).output
    wrong = run.invoke(app, ["explain", "scren.theme"])
    assert wrong.exit_code == 2
    assert "screen.theme" in wrong.output


def test_check_takes_layers_together_and_names_the_one_to_mend(layers: list[str], tmp_path: Path) -> None:
    assert run.invoke(app, ["check", *layers]).exit_code == 0
    wrong = tmp_path / "wrong.toml"
    wrong.write_text('[screen]\ntheme = "normal"\n', encoding="utf-8")
    said = run.invoke(app, ["check", *layers, str(wrong)])
    assert said.exit_code == 1
    assert f"screen.theme = 'normal': is not among screen.themes (large) (from {wrong})" in said.output


def test_check_of_one_file_knows_what_it_is(layers: list[str]) -> None:
    assert run.invoke(app, ["check", str(SITE)]).exit_code == 0
    assert run.invoke(app, ["check", layers[0]]).exit_code == 0, "what the fleet tells"
    assert run.invoke(app, ["check", layers[1]]).exit_code == 1
    assert run.invoke(app, ["check", "--part", layers[1]]).exit_code == 0


def test_diff_says_exactly_what_differs(layers: list[str]) -> None:
    said = run.invoke(app, ["diff", layers[1], layers[2]])
    assert said.exit_code == 1
    assert said.output.splitlines() == [
        'screen.theme: "large" → not there',
        'screen.themes: not there → ["large"]',
    ]
    same = run.invoke(app, ["diff", layers[0], layers[0]])
    assert (same.exit_code, same.output) == (0, "no difference\n")


def test_a_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    for command in (["check"], ["diff", str(SITE)], ["explain", "role", "--layer"]):
        said = run.invoke(app, [*command, str(tmp_path / "none.toml")])
        assert said.exit_code != 0
        assert "No such file" in said.output
