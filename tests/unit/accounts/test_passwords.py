"""Passwords are kept as Argon2 makes them slow to guess."""

from __future__ import annotations

from django.contrib.auth.hashers import check_password, identify_hasher, make_password
from django.test import override_settings

from cdnadmin import settings as product


def test_a_password_is_hashed_by_argon2id() -> None:
    with override_settings(PASSWORD_HASHERS=product.PASSWORD_HASHERS):
        kept = make_password("a long pass phrase")
        assert kept.startswith("argon2$argon2id$")
        assert check_password("a long pass phrase", kept)
        assert not check_password("a long pass phrasE", kept)
        assert identify_hasher(kept).algorithm == "argon2"
