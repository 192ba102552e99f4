"""The catalogues hold each text of the product, in each language, and say the same thing by the same word.

Catalogues merge line by line: a merge may drop an entry or have it twice, and a page is English then. Texts are found
as `makemessages` finds them, without its programs.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parents[3]
LANGUAGES = sorted(code for code, _name in settings.LANGUAGES if code != "en")
STRING = re.compile(r"""u?(?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")""")
CALL = re.compile(r"\b_?(n|p|np)?(?:gettext(?:_lazy|_noop)?|_t?)\(\s*(?=u?['\"])")
#: How often a context and a text stand among the first arguments, by the letters before "gettext".
CONTEXT = {"": 0, "n": 0, "p": 1, "np": 1}

#: Patterns of what was said before a word was agreed on (docs/translating.md), and of what is wrong wherever it stands.
FORBIDDEN = {
    "de": r"Anfragende|(?<![\w-])Mails?\b|E-mail|Nutzer|[Ll]ösen und senden|Senden und (lösen|warten)|\b[Dd]ein",
    "it": r"\b[Aa]gent[ei]\b|(?<![\w-])mail\b|Accedere con|che prosegue|Clicc|\b([Tt]u[oaie]i?|puoi|devi|vuoi)\b",
    "pl": r"Logowanie przez (Google|Microsoft)|będzie kontynuowan|[Bb]ilet|\b[Tt]w[oó]j|\b(możesz|musisz|chcesz)\b",
    "ru": r"\b[Аа]гент|[Тт]икет|[еЕ]-?мейл|продолжится|Отправить и решить|\b(ты|твой|твоя)\b",
}


def entries(language: str) -> dict[str, list[str]]:
    """{context and text: its translations} of a catalogue, as its lines say."""
    found: dict[str, list[str]] = {}
    said: dict[str, str] = {}
    last = ""
    for line in (ROOT / f"locale/{language}/LC_MESSAGES/django.po").read_text().splitlines():
        keyword, _space, text = ("", "", line) if line.startswith('"') else line.partition(" ")
        if not line or keyword.startswith("#"):
            continue
        if keyword == "msgctxt" or (keyword == "msgid" and last != "msgctxt"):
            said = {}
        last = keyword or last
        said[last] = said.get(last, "") + ast.literal_eval(text)
        if last.startswith("msgstr"):
            key = f"{said.get('msgctxt', '')}\x04{said['msgid']}"
            assert not keyword or last not in ("msgstr", "msgstr[0]") or key not in found, f"{language}, twice: {key}"
            found[key] = [form for each, form in said.items() if each.startswith("msgstr")]
    return found


def texts(source: str) -> Iterator[str]:
    """Context and text of each call of gettext in `source`."""
    for call in CALL.finditer(source):
        strings, at = [""] * (1 - CONTEXT[call[1] or ""]), call.end()
        while len(strings) < 2:
            words = []
            while string := STRING.match(source, at):
                words.append(ast.literal_eval(string[0]))
                at += len(string[0])
                at += len(source[at:]) - len(source[at:].lstrip())
            strings.append("".join(words))
            at += len(source[at:]) - len(source[at:].lstrip(", \n"))
        if strings[1]:
            yield "\x04".join(strings)


def product() -> Iterator[str]:
    for room in ("helpdesk", "mailboxes", "recipients", "tickets"):
        for path in (ROOT / room).rglob("*.py"):
            if not {"tests", "migrations"} & set(path.relative_to(ROOT).parts):
                yield path.read_text()
    for path in (ROOT / "templates").rglob("*.html"):
        yield templatize(path.read_text())


@pytest.fixture(scope="module")
def said() -> set[str]:
    return {text for source in product() for text in texts(source)}


def test_texts_are_found_in_code_and_templates() -> None:
    code = """_("One " "two.") + pgettext("view", 'Open') + ngettext("a %d", "b", n) + gettext_lazy("L") + _(name)"""
    assert list(texts(code)) == ["\x04One two.", "view\x04Open", "\x04a %d", "\x04L"]
    page = """{% translate "Save" %}{% blocktranslate trimmed context "c" %}
        Two lines
    {% endblocktranslate %}{% include "x" with title=_("Title") %}"""
    assert set(texts(templatize(page))) == {"\x04Save", "c\x04Two lines", "\x04Title"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_text_is_translated(language: str, said: set[str]) -> None:
    assert len(said) > 2000
    have = entries(language)
    assert sorted(text for text in said if text not in have) == []
    assert [text for text, forms in have.items() if not all(forms)] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_thing_has_one_word(language: str) -> None:
    wrong = re.compile(FORBIDDEN[language])
    assert [form for forms in entries(language).values() for form in forms if wrong.search(form)] == []
