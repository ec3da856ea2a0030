"""The encoding of a file is told from its bytes, or from the header that it gives."""

from pathlib import Path

import chardet
import pytest

from ops.console.errors import BadInput
from ops.importing.backlog import BacklogTask, Wishes
from ops.importing.encodings import ENOUGH_BYTES
from ops.importing.reading import Backlog, read

HEADERS = {
    "fr": "Résumé,Clé de ticket,Description",
    "de": "Zusammenfassung,Schlüssel,Beschreibung",
    "pl": "Podsumowanie,Klucz zgłoszenia,Opis",
    "ru": "Тема,Ключ проблемы,Описание",
    "en": "Summary,Issue key,Description",
}
TITLES = {
    "fr": "Décrire la fenêtre à côté de l'entrée",
    "de": "Änderung der Größe prüfen",
    "pl": "Naprawić żółtą łódź na ścieżce",
    "ru": "Исправить ошибку на странице входа",
    "en": "Prix: 5 € – détail",
}


def written(path: Path, language: str, encoding: str, title: str = "", asked: str | None = None) -> Backlog:
    content = f"{HEADERS[language]}\n{title or TITLES[language]},POPUG-1,x\n"
    path.write_bytes(content.encode(encoding))
    return read(path, Wishes(), {}, asked)


def title_of(backlog: Backlog) -> str:
    (task,) = backlog.rows
    assert isinstance(task, BacklogTask)
    return task.title


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
@pytest.mark.parametrize("language", HEADERS)
def test_unicode_is_certain(tmp_path: Path, language: str, encoding: str) -> None:
    backlog = written(tmp_path / "file", language, encoding)
    assert title_of(backlog) == TITLES[language]
    assert backlog.sample is None


@pytest.mark.parametrize(
    ("language", "encoding"),
    [
        ("fr", "cp1252"),
        ("fr", "iso8859-1"),
        ("de", "cp1252"),
        ("pl", "cp1250"),
        ("pl", "iso8859-2"),
        ("ru", "cp1251"),
        ("ru", "koi8-r"),
        ("ru", "cp866"),
        ("en", "cp1252"),
    ],
)
def test_the_common_8_bit_encodings_are_recognised(tmp_path: Path, language: str, encoding: str) -> None:
    backlog = written(tmp_path / "file", language, encoding)
    assert title_of(backlog) == TITLES[language]
    assert backlog.sample == TITLES[language]


def test_a_text_in_another_language_than_the_header_is_guessed_too(tmp_path: Path) -> None:
    backlog = written(tmp_path / "file", "en", "cp1251", TITLES["ru"])
    assert title_of(backlog) == TITLES["ru"]


def test_a_wrong_guess_is_corrected_by_the_option(tmp_path: Path) -> None:
    assert title_of(written(tmp_path / "file", "en", "mac-roman", "café", asked="mac-roman")) == "café"
    with pytest.raises(BadInput, match="--encoding klingon is not known"):
        written(tmp_path / "file", "en", "utf-8", asked="klingon")
    with pytest.raises(BadInput, match="file: not ascii"):
        written(tmp_path / "file", "ru", "utf-8", asked="ascii")


def test_a_large_file_is_guessed_by_its_first_lines_that_are_not_ascii(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked_at: list[bytes] = []

    def detect_all(raw: bytes) -> list[dict[str, object]]:
        looked_at.append(raw)
        return []

    monkeypatch.setattr(chardet, "detect_all", detect_all)
    title = TITLES["ru"]
    plain, other = (
        "\n".join(f"Task {n},P-{n},x" for n in range(9000)),
        "\n".join(f"{title},Q-{n},x" for n in range(9000)),
    )
    path = tmp_path / "file"
    path.write_bytes(f"{HEADERS['ru']}\n{plain}\n{other}\n".encode("cp1251"))
    backlog = read(path, Wishes(), {})
    assert (backlog.sample, len(backlog.rows)) == (title, 18_000)
    (raw,) = looked_at
    assert len(raw) == ENOUGH_BYTES
    assert raw.count(title.encode("cp1251")) > 100


def test_a_file_cut_in_the_middle_of_a_character_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes("Summary\nЖ".encode("utf-16")[:-1])
    with pytest.raises(BadInput, match="is the file complete"):
        read(path, Wishes(), {})
