"""Keys beside the database: made once, also by processes that start together."""

from pathlib import Path

from portal import secrets


def test_a_key_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "key"
    made = secrets.read_or_make_key(path)
    assert len(made) == 64
    assert secrets.read_or_make_key(path) == made
    assert path.stat().st_mode & 0o777 == 0o600
    assert [each.name for each in tmp_path.iterdir()] == ["key"]


def test_nobody_ever_reads_a_key_that_is_not_written_yet(tmp_path: Path, monkeypatch) -> None:
    """While one process makes it, another one that starts gets a whole key, and both use the same."""
    path, real, other = tmp_path / "key", secrets.secrets.token_urlsafe, []

    def meanwhile(size: int) -> str:
        monkeypatch.setattr(secrets.secrets, "token_urlsafe", real)
        other.append(secrets.read_or_make_key(path))
        return real(size)

    monkeypatch.setattr(secrets.secrets, "token_urlsafe", meanwhile)
    assert secrets.read_or_make_key(path) == other[0] != ""
