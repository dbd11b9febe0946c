"""Which ports are taken, and what is said where the one that was asked for is not to be had."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest
from django.core.exceptions import ImproperlyConfigured

from cdnadmin.env import VARIABLES, Variable, positive_integer
from cdnadmin.supervisor.ports import PortTaken, any_free_port, choose_port, is_free
from tests.conftest import free_port


@pytest.fixture
def held() -> Iterator[int]:
    """A port that another program listens on."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        yield int(other.getsockname()[1])


@pytest.fixture
def default_is_held(held: int, monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setitem(VARIABLES, "PORT", Variable("PORT", positive_integer, held, "as PORT, with another default"))
    return held


def test_a_free_port_that_was_asked_for_is_taken() -> None:
    port = free_port()
    assert choose_port("PORT", {"PORT": str(port)}) == port


def test_a_taken_port_that_was_asked_for_is_refused_in_words(held: int) -> None:
    with pytest.raises(PortTaken) as caught:
        choose_port("PORT", {"PORT": str(held)})
    assert str(caught.value) == f"PORT: port {held} is in use by another program. End it, or choose another PORT."


def test_a_taken_default_gives_the_next_free_one(default_is_held: int) -> None:
    chosen = choose_port("PORT", {})
    assert chosen > default_is_held
    assert is_free(chosen)


def test_an_empty_variable_is_as_none(default_is_held: int) -> None:
    assert choose_port("PORT", {"PORT": ""}) != default_is_held


def test_what_another_of_our_programs_has_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    port = free_port()
    monkeypatch.setitem(VARIABLES, "PORT", Variable("PORT", positive_integer, port, "as PORT, with another default"))
    assert choose_port("PORT", {}, taken=frozenset({port})) != port
    with pytest.raises(PortTaken):
        choose_port("SANDBOX_PORT", {"SANDBOX_PORT": str(port)}, taken=frozenset({port}))


def test_a_program_on_every_address_holds_the_port() -> None:
    with socket.socket() as other:
        other.bind(("0.0.0.0", 0))
        other.listen()
        assert not is_free(int(other.getsockname()[1]))


def test_a_program_on_the_other_localhost_holds_the_port() -> None:
    """A browser may try ::1 first for "localhost", and would open the other program."""
    with socket.socket(socket.AF_INET6) as other:
        other.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        other.bind(("::1", 0))
        other.listen()
        assert not is_free(int(other.getsockname()[1]))


@pytest.mark.parametrize(
    ("text", "sentence"), [("70000", "70000 is no port"), ("0", "not a whole number"), ("web", "not a whole number")]
)
def test_what_is_no_port_is_said(text: str, sentence: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=rf"^PORT: .*{sentence}"):
        choose_port("PORT", {"PORT": text})


def test_any_free_port_is_free() -> None:
    assert is_free(any_free_port())
