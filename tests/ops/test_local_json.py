"""`.ates/local.json`."""

import json
import stat

import pytest

from ops.console.errors import BadInput, NotUp
from ops.stage import local_json
from ops.stage.installation_files import InstallationFiles
from ops.stage.local_json import LocalAws


def test_it_has_exactly_the_published_fields(files: InstallationFiles, described: LocalAws) -> None:
    local_json.save(files.local_json, described)
    written = json.loads(files.local_json.read_text())
    assert set(written) == {
        "endpoint",
        "region",
        "apis",
        "user_pool_id",
        "client_id",
        "oauth",
        "web",
        "accounts",
    }
    assert set(written["apis"]) == {"auth", "tracking", "accounting", "analytics"}
    assert set(written["oauth"]) == {"authorize_url", "token_url"}
    assert set(written["accounts"][0]) == {"role", "email", "password", "account_id"}
    assert local_json.load(files.local_json) == described


def test_only_the_owner_can_read_it_even_if_it_was_public_before(
    files: InstallationFiles, described: LocalAws
) -> None:
    files.local_json.write_text("{}")
    files.local_json.chmod(0o644)
    local_json.save(files.local_json, described)
    assert stat.S_IMODE(files.local_json.stat().st_mode) == 0o600
    assert stat.S_IMODE(files.folder.stat().st_mode) == 0o700


def test_a_failed_write_leaves_the_old_file_and_no_draft(
    files: InstallationFiles, described: LocalAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    local_json.save(files.local_json, described)
    monkeypatch.setattr("os.replace", _full)
    with pytest.raises(OSError, match="disk full"):
        local_json.save(files.local_json, described.model_copy(update={"region": "eu-west-1"}))
    assert local_json.load(files.local_json) == described
    assert [path.name for path in files.folder.iterdir()] == ["local.json"]


def test_without_the_file_the_local_aws_is_not_up(files: InstallationFiles) -> None:
    with pytest.raises(NotUp, match="make up"):
        local_json.load(files.local_json)


def test_a_file_of_another_version_counts_as_missing(files: InstallationFiles) -> None:
    files.local_json.write_text('{"endpoint": "http://127.0.0.1:4566"}')
    assert local_json.load_if_there(files.local_json) is None


def test_an_account_is_found_by_its_role_or_its_email(described: LocalAws) -> None:
    assert described.account("worker").account_id == "w1"
    assert described.account("Worker2@ates.example").account_id == "w2"


def test_an_unknown_account_is_bad_input_and_the_known_are_named(described: LocalAws) -> None:
    with pytest.raises(
        BadInput, match=r"no demo account is called 'nobody'; use a role or one of manager@ates\.example"
    ):
        described.account("nobody")


def test_passwords_are_not_in_the_repr(described: LocalAws) -> None:
    assert "Secret-1" not in repr(described)


def _full(*_: object) -> None:
    raise OSError("disk full")
