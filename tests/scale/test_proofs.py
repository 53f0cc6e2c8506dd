"""The long proofs: every part says what it shows and stands in the index, every result has a part."""

import re
from pathlib import Path

import pytest
from django.conf import settings

from tests.bench import __main__ as bench

MOST = 30 * 60  # seconds that a part may take
README = (bench.PROOFS / bench.INDEX).read_text("utf-8")
RESULTS = sorted(path.stem for path in bench.PROOFS.glob("*.md") if path.name != bench.INDEX)


def test_the_index_has_a_line_for_every_part() -> None:
    lines = re.findall(r"^\| (?:\[(\w+)\]\(\w+\.md\)|(\w+)) \| (.+) \| .+ \|$", README, re.MULTILINE)
    found = {linked or name: said for linked, name, said in lines if name != "part"}
    assert found == {name: bench.shows(name) for name in bench.parts()}, "python -m tests.bench --index"
    assert all(len(said) > 20 for said in found.values())


@pytest.mark.parametrize("name", RESULTS)
def test_every_result_has_a_part_and_took_at_most_half_an_hour(name: str) -> None:
    assert name in bench.parts()
    assert f"[{name}]({name}.md)" in README, "python -m tests.bench --index"
    assert bench.seconds((bench.PROOFS / f"{name}.md").read_text("utf-8")) <= MOST


def test_a_result_without_its_length_is_refused() -> None:
    with pytest.raises(ValueError, match="how long"):
        bench.seconds("# Title\n\n2026-09-07 09:30 UTC, commit abc1234.\n")


@pytest.mark.parametrize("name", bench.parts())
def test_every_part_has_a_title_and_a_run(name: str) -> None:
    source = (bench.HERE / f"{name}.py").read_text("utf-8")
    assert re.search(r'^TITLE = "', source, re.MULTILINE)
    assert re.search(r"^def run\(\) -> str:", source, re.MULTILINE)


def test_a_part_that_is_not_there_is_named() -> None:
    with pytest.raises(SystemExit, match=r"unknown part: nonsense; known: .*importing"):
        bench.main(["nonsense"])


def test_a_part_that_fails_holds_up_no_other(monkeypatch, tmp_path: Path) -> None:
    ran = []

    def prove(name: str) -> None:
        ran.append(name)
        if name == "first":
            raise RuntimeError("does not hold")

    monkeypatch.setattr(bench, "PROOFS", tmp_path)
    monkeypatch.setattr(bench, "parts", lambda: ["first", "second", "third"])
    monkeypatch.setattr(bench, "commit", lambda: "abc1234")
    monkeypatch.setattr(bench, "prove", prove)
    (tmp_path / "third.md").write_text("# T\n\n2026-09-07 09:30 UTC, commit abc1234, x; took 3 s.\n", "utf-8")
    with pytest.raises(SystemExit, match="not proved: first"):
        bench.main([])
    assert ran == ["first", "second"]  # the third has a result of this commit
    ran.clear()
    bench.main(["third"])
    assert ran == ["third"]


def test_the_way_to_run_one_is_written_down() -> None:
    base = Path(settings.BASE_DIR)
    assert "PART=" in (base / "Makefile").read_text("utf-8")
    assert "docs/proofs/README.md" in (base / "README.md").read_text("utf-8")
