"""The catalog: each language says all that English says, with the same blanks, in own words."""

import re
from collections.abc import Iterator, Mapping
from html.parser import HTMLParser
from pathlib import Path

import pytest

from facelab import lessons
from facelab.losses import describe
from facelab.widgets import LossFloor, MarginDial, Predict, _words
from facelab.widgets._twin import twin
from facelab.widgets._words import catalog, languages, phrases, plain, speak, spoken, translated

OTHERS = [language for language in languages() if language != "en"]

# what is the same in every language: abbreviations, names, letters, formulas
NAMES = {
    "PCA", "UMAP", "TAR", "FAR", "AUC", "p", "softmax", "CosFace", "ArcFace", "TFace",
    "M = {value}", "{value}", "{percent} %",
    "A", "C", "M", "l1", "l2", "v0", "v1", "v2", "cos + t", "(1 + t) cos + t",
}  # fmt: skip
LATIN = re.compile(r"[A-Za-z]{3,}")
BLANK = re.compile(r"\{(\w*)\}")
LETTERS = {"zh": r"[\u4e00-\u9fff]", "ja": r"[\u3040-\u30ff\u4e00-\u9fff]"}


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    """Leave no other language behind."""
    yield
    speak("en")


def faults(english: Mapping[str, str], other: Mapping[str, str]) -> list[str]:
    """What is wrong with a language, a line for each phrase."""
    found = [f"lacks {key}" for key in english if key not in other]
    found += [f"{key} is asked for by nobody" for key in other if key not in english]
    for key in english.keys() & other.keys():
        asked, given = (sorted(BLANK.findall(words[key])) for words in (english, other))
        if asked != given:
            found.append(f"{key} fills {given}, not {asked}")
        if other[key] == english[key] and other[key] not in NAMES:
            found.append(f"{key} is still English: {other[key]}")
        if not other[key].strip():
            found.append(f"{key} says nothing")
    return sorted(found)


@pytest.mark.parametrize("language", OTHERS)
def test_a_language_says_all_that_english_says(language: str) -> None:
    assert faults(catalog("en"), catalog(language)) == []


def shown_in_english() -> dict[str, str]:
    """Every word of a setting that a view or a formula shows, and its unit."""
    shown = []
    for loss in describe().values():
        settings = dict(loss["settings"])
        settings |= {"beside": loss["beside"]} if loss.get("beside") else {}
        for name, spec in settings.items():
            shown += [spec["meaning"], *filter(None, [spec.get("unit")])]
            shown += [] if spec["kind"] == "slider" else [plain(name)]
            for word, does in spec.get("options", {}).items():
                shown += [plain(word), does]
    return {text: text for text in shown}


@pytest.mark.parametrize("language", OTHERS)
def test_a_language_has_a_word_for_every_setting(language: str) -> None:
    known = _words.read(_words.WORDS / language / "settings.json")
    assert faults(shown_in_english(), known) == []


@pytest.mark.parametrize("language", OTHERS)
def test_a_phrase_is_written_in_the_letters_of_its_language(language: str) -> None:
    said = set(catalog(language).values()) - NAMES
    said |= set(_words.read(_words.WORDS / language / "settings.json").values()) - NAMES
    foreign = [text for text in said if not re.search(LETTERS[language], text)]
    latin = {word for text in foreign for word in LATIN.findall(BLANK.sub("", text))}
    assert latin <= {"cos", "NormFace", "OpenVINO"}
    assert not {text for text in said if re.search(r"[,;:!?]\s*$", text)}, "punctuation is wide"


PLANTED = {
    "a key too few": ({"a": "b {x}"}, "lacks c"),
    "a key too many": ({"a": "b {x}", "c": "e", "f": "g"}, "f is asked for by nobody"),
    "another blank": ({"a": "b {y}", "c": "e"}, "a fills ['y'], not ['x']"),
    "a blank twice": ({"a": "{x} {x}", "c": "e"}, "a fills ['x', 'x'], not ['x']"),
    "no blank": ({"a": "b", "c": "e"}, "a fills [], not ['x']"),
    "English": ({"a": "b {x}", "c": "d"}, "c is still English: d"),
    "nothing": ({"a": "b {x}", "c": " "}, "c says nothing"),
}


@pytest.mark.parametrize(("other", "said"), PLANTED.values(), ids=PLANTED)
def test_a_planted_fault_is_named(other: dict[str, str], said: str) -> None:
    assert faults({"a": "a {x}", "c": "d"}, other) == [said]


def test_names_are_no_fault() -> None:
    assert faults({"a": "PCA"}, {"a": "PCA"}) == []


# ---- speaking


def test_setup_says_in_the_language_that_it_is_ready(capsys: pytest.CaptureFixture[str]) -> None:
    for language, ready in (("en", "ready"), ("zh", "已就绪"), ("ja", "準備完了")):
        lessons.setup(language=language)
        assert spoken() == language
        assert re.search(rf"facelab 0\.\S+.*torch \d\S+.*{ready}", capsys.readouterr().out)
    lessons.setup()
    assert spoken() == "en"


@pytest.mark.parametrize("language", ["cn", "zh-CN", "Chinese", ""])
def test_an_unknown_language_is_refused_and_changes_nothing(
    language: str, capsys: pytest.CaptureFixture[str]
) -> None:
    speak("ja")
    with pytest.raises(ValueError, match=rf"unknown language '{language}'; there are: en \(Eng"):
        lessons.setup(language=language)
    assert spoken() == "ja"
    assert capsys.readouterr().out == ""
    with pytest.raises(ValueError, match=r"zh \(简体中文\)"):
        speak(language)


def test_a_view_keeps_the_language_it_was_made_in() -> None:
    speak("zh")
    chinese = LossFloor()
    speak("en")
    assert chinese._phrases["floor.title"] == "损失的下限"
    assert chinese._about["lang"] == "zh"
    assert LossFloor()._about["lang"] == "en"
    assert LossFloor()._phrases["floor.title"] == "Floor of the loss"
    assert "运行此单元格" in twin(chinese)


def test_what_a_language_lacks_is_said_in_english(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for language, words in (("en", '{"a": "one", "b": "two"}'), ("xx", '{"b": "zwei"}')):
        (tmp_path / language).mkdir()
        (tmp_path / language / "view.json").write_text(words, "utf-8")
    monkeypatch.setattr(_words, "WORDS", tmp_path)
    speak("xx")
    assert phrases() == {"view.a": "one", "view.b": "zwei"}
    losses = {"l": {"title": "L", "settings": {"m": {"kind": "slider", "meaning": "margin"}}}}
    assert translated(losses) is losses, "without words of settings they stay English"


def test_settings_are_told_in_the_language_and_nothing_else_changes() -> None:
    english = describe()
    assert translated(english) is english
    speak("ja")
    told = translated(english)
    assert english == describe(), "the entries given are left alone"
    for key, loss in english.items():
        assert {k: v for k, v in told[key].items() if k not in ("settings", "beside")} == {
            k: v for k, v in loss.items() if k not in ("settings", "beside")
        }
        for name, spec in loss["settings"].items():
            own = told[key]["settings"][name]
            same = {
                k: v for k, v in own.items() if k not in ("meaning", "options", "label", "words")
            }
            assert same == {k: v for k, v in spec.items() if k not in ("meaning", "options")}
            assert list(own.get("options", {})) == list(spec.get("options", {})), "keys are code"
    arcface = told["arcface"]["settings"]
    assert arcface["margin"]["meaning"] == "マージン"
    assert arcface["beyond_pi"]["label"] == "π の先"
    assert arcface["beyond_pi"]["words"]["linear"] == "線形"
    assert arcface["beyond_pi"]["options"]["linear"].endswith(
        "（curricularface、pytorch-metric-learning）"
    )
    assert told["center"]["beside"]["meaning"] == "分類器と併用するときの重み"


def test_a_dial_speaks_of_its_settings_and_its_code_stays_python() -> None:
    code = MarginDial(margin=0.4).code()
    speak("zh")
    dial = MarginDial(margin=0.4)
    assert dial.losses["arcface"]["settings"]["margin"]["meaning"] == "间隔"
    assert dial.losses["arcface"]["title"] == "ArcFace"
    assert dial.code() == code
    dial.beyond_pi = "easy"
    assert "beyond_pi='easy'" in dial.code()


class Root(HTMLParser):
    """The language that a page says it is in."""

    lang: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "html":
            self.lang = dict(attrs)["lang"]


@pytest.mark.parametrize("language", languages())
def test_a_page_says_which_language_it_is_in(language: str, tmp_path: Path) -> None:
    speak(language)
    view = Predict("?", ["a", "b"], answer=0, why="w")
    speak("en")
    root = Root()
    root.feed(view.to_html(tmp_path / "page.html").read_text("utf-8"))
    assert root.lang == language
