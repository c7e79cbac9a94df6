"""The table of verdicts is in step with the claims and with what is stored."""

import json
import re
from dataclasses import replace
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import pytest

import facelab
from facelab.experiments import reproduce as claims
from facelab.experiments.reproduce import CLAIMS, VERDICTS, fingerprint, read_store, stored

REPO = Path(__file__).parents[1]
PAGE = REPO / "docs" / "verdicts.md"


def tool():
    spec = spec_from_file_location("verdicts", REPO / "tools" / "verdicts.py")
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


STORED = [name for name in CLAIMS if name in read_store()]


def findings():
    return {name: stored(name) for name in STORED}


def rows(page):
    return dict(re.findall(r"^\| `(\w+)` \| .*? \| ([^|]*) \|", page, re.MULTILINE))


def test_every_claim_has_been_tried():
    assert [name for name in CLAIMS if name not in STORED] == [], "run python tools/verdicts.py"


def test_every_claim_has_a_row_with_the_verdict_of_its_stored_numbers():
    told = {name: f"**{finding.verdict}**" for name, finding in findings().items()}
    assert rows(PAGE.read_text("utf-8")) == dict.fromkeys(CLAIMS, "not tried yet") | told
    assert {finding.verdict for finding in findings().values()} <= set(VERDICTS)


def test_page_and_stored_numbers_agree():
    page = tool().page(CLAIMS, findings())
    assert page == PAGE.read_text("utf-8"), "run python tools/verdicts.py --table"


@pytest.mark.parametrize("name", STORED)
def test_stored_numbers_are_those_of_the_claim_as_it_is(name):
    kept = read_store()[name]
    assert kept["fingerprint"] == fingerprint(CLAIMS[name]), "run python tools/verdicts.py"
    assert kept == stored(name).as_json()
    assert len(stored(name).pairs) == CLAIMS[name].seeds
    assert {t["way"] for t in kept["trials"]} == set(CLAIMS[name].ways)


@pytest.mark.parametrize("name", STORED)
def test_a_stored_finding_is_shown_with_words_table_and_pictures(name):
    found = stored(name)
    assert found.sentence in repr(found)
    html = found._repr_html_()
    assert html.count("<svg") == 2
    assert "<table" in html
    assert list(found.table().index) == list(CLAIMS[name].ways)


@pytest.fixture
def two(monkeypatch, tmp_path):
    """The tool, with two claims, both stored in a folder of their own."""
    verdicts, kept, names = tool(), read_store(), STORED[:2]
    monkeypatch.setattr(verdicts, "PAGE", tmp_path / "docs" / "verdicts.md")
    monkeypatch.setattr(claims, "STORE", tmp_path / "verdicts.json")
    monkeypatch.setattr(claims, "CLAIMS", {name: CLAIMS[name] for name in names})
    verdicts.store({name: kept[name] for name in names}, names)
    assert verdicts.main(["--table"]) == 0
    return verdicts


def test_a_claim_that_changed_and_one_never_tried_are_out_of_step(two, monkeypatch, capsys):
    assert two.main(["--check"]) == 0
    assert "in step" in capsys.readouterr().out
    first, second = claims.CLAIMS
    changed = {first: replace(CLAIMS[first], seeds=3), "untried": CLAIMS[second]}
    monkeypatch.setattr(claims, "CLAIMS", claims.CLAIMS | changed)
    assert two.main(["--check"]) == 1
    assert f"out of step: {first}, untried, verdicts.md" in capsys.readouterr().out
    assert two.main(["--table"]) == 0
    assert rows(two.PAGE.read_text("utf-8"))["untried"] == "not tried yet"
    monkeypatch.setattr(claims, "CLAIMS", {second: CLAIMS[second]})
    assert two.main(["--check"]) == 1
    assert f"out of step: {first}, verdicts.md" in capsys.readouterr().out


def test_what_is_staged_anew_is_stored_and_the_rest_stays(two, monkeypatch, capsys):
    kept, page, done = read_store(), two.PAGE.read_text("utf-8"), []
    first, second = claims.CLAIMS
    two.store({second: kept[second]}, [first, second])

    def stage(name):
        done.append(name)
        return claims.from_json(CLAIMS[name], kept[name])

    monkeypatch.setattr(claims, "reproduce", stage)
    assert two.main([]) == 0
    assert done == [first]
    assert read_store() == kept
    assert list(read_store()) == [first, second]
    assert two.PAGE.read_text("utf-8") == page
    assert two.main([second]) == 0
    assert done == [first, second]


def test_a_claim_that_is_not_stored_says_how_to_train_it(monkeypatch, tmp_path):
    monkeypatch.setattr(claims, "STORE", tmp_path / "verdicts.json")
    (tmp_path / "verdicts.json").write_text(json.dumps({}))
    with pytest.raises(ValueError, match=r"facelab\.reproduce\('normface'\) trains it"):
        stored("normface")
    with pytest.raises(ValueError, match="unknown claim 'normfase'"):
        stored("normfase")


@pytest.mark.slow
@pytest.mark.parametrize("name", CLAIMS)
def test_every_claim_can_be_staged_in_miniature(name, tmp_path):
    small = {"seeds": 2, "epochs": 2, "people": 12, "jobs": 1, "device": "cpu", "progress": False}
    found = facelab.reproduce(name, tmp_path, **small)
    assert len(found.trials) == 2 * len(CLAIMS[name].ways)
    assert found.verdict in VERDICTS
    assert all(not trial.failed for trial in found.trials)
    assert found.differences.shape == (2,)
    assert (abs(found.differences) < 1e9).all()
    known = {number for trial in found.trials for number in trial.numbers}
    assert set(CLAIMS[name].shown) <= known
    again = facelab.reproduce(name, tmp_path, **small)
    assert [t.numbers for t in again.trials] == [t.numbers for t in found.trials]
    assert found._repr_html_().count("<svg") == 2
