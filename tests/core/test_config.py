"""Settings: every mistake is named with its mend."""

from pathlib import Path

import pytest

from portal.config import SettingsError, generate_secret, load_settings, require_secret


def test_the_default_is_sqlite_in_the_data_folder(tmp_path: Path):
    settings = load_settings({"PORTAL_DATA": str(tmp_path)})
    assert settings.database_url == f"sqlite:///{tmp_path / 'portal.sqlite3'}"
    assert not settings.demo
    assert not settings.secure_cookies


@pytest.mark.parametrize("scheme", ["postgres", "postgresql"])
def test_a_hosting_providers_address_is_understood(tmp_path: Path, scheme: str):
    settings = load_settings({"PORTAL_DATA": str(tmp_path), "DATABASE_URL": f"{scheme}://u@h/d"})
    assert settings.database_url == "postgresql+psycopg://u@h/d"


def test_an_unknown_zone_is_refused_in_words(tmp_path: Path):
    with pytest.raises(SettingsError, match="PORTAL_TZ"):
        load_settings({"PORTAL_DATA": str(tmp_path), "PORTAL_TZ": "Mars/Olympus"})


@pytest.mark.parametrize("secret", ["", "short", "change-me"])
def test_a_weak_secret_is_refused(tmp_path: Path, secret: str):
    with pytest.raises(SettingsError, match="SECRET_KEY"):
        require_secret(load_settings({"PORTAL_DATA": str(tmp_path), "SECRET_KEY": secret}))


def test_the_demos_secret_is_made_once(tmp_path: Path):
    first = generate_secret(tmp_path)
    assert generate_secret(tmp_path) == first
    assert require_secret(load_settings({"PORTAL_DATA": str(tmp_path)})) == first


def test_lists_and_folders_are_read(tmp_path: Path):
    settings = load_settings(
        {"PORTAL_DATA": str(tmp_path), "OUTBOUND_ALLOW": "a.example, b.example", "MAIL_DIR": str(tmp_path / "m")}
    )
    assert settings.outbound_allow == ("a.example", "b.example")
    assert settings.mail_dir == tmp_path / "m"
    assert settings.zone.key == "UTC"
    assert settings.files_dir.parent == tmp_path


def test_only_the_demo_calls_itself_by_the_example_companys_name(tmp_path: Path):
    assert load_settings({"PORTAL_DATA": str(tmp_path)}).brand == "Partner portal"
    (tmp_path / "demo.json").write_text("{}")
    assert load_settings({"PORTAL_DATA": str(tmp_path)}).brand == "Adventure Works"
    assert load_settings({"PORTAL_DATA": str(tmp_path), "PORTAL_BRAND": "Example Bikes"}).brand == "Example Bikes"
