"""Passwords: long, unknown to lists, hashed with argon2id, never truncated."""

import pytest

from portal.core.errors import InvalidInput
from portal.security import passwords

pytestmark = pytest.mark.one_database
GOOD = "correct horse battery staple"


@pytest.fixture(autouse=True)
def cheap():
    passwords.configure(time_cost=1, memory_kib=8)


def test_a_password_fits_its_own_hash_only():
    stored = passwords.hash_password(GOOD)
    assert stored.startswith("$argon2id$")
    assert passwords.verify_password(stored, GOOD)
    assert not passwords.verify_password(stored, GOOD + "r")


def test_the_73rd_byte_counts():
    stored = passwords.hash_password("a" * 40 + "b" * 40)
    assert not passwords.verify_password(stored, "a" * 40 + "b" * 39 + "c")


def test_the_same_characters_typed_otherwise_are_the_same_password():
    assert passwords.verify_password(passwords.hash_password("ﬁne old café long"), "fine old café long")


def test_nobody_has_the_password_of_no_account():
    assert not passwords.verify_password(None, GOOD)
    assert not passwords.verify_password("", "nobody has this password")
    assert not passwords.verify_password("not a hash", GOOD)


def test_a_higher_cost_asks_for_a_new_hash():
    stored = passwords.hash_password(GOOD)
    assert not passwords.needs_rehash(stored)
    passwords.configure(time_cost=2, memory_kib=16)
    assert passwords.needs_rehash(stored)


@pytest.mark.parametrize(
    ("password", "sentence"),
    [
        ("short", "at least 15"),
        ("x" * 257, "at most 256"),
        ("aaaaaaaaaaaaaaaaaaaa", "first that are tried"),
        ("passwordpassword123", "first that are tried"),
        ("ana.ruiz@shop.example", "your own name"),
    ],
)
def test_a_poor_password_is_refused_in_words(password: str, sentence: str):
    with pytest.raises(InvalidInput, match=sentence):
        passwords.check_new_password(password, personal=("ana.ruiz@shop.example", "Ana"))


def test_a_long_password_of_any_alphabet_is_good():
    passwords.check_new_password("пароль из четырёх слов", personal=("Ana Ruiz",))
    passwords.check_new_password(GOOD)
