"""Which quirks are known of which model at which server."""

import pytest

from bot.llm.profiles import REASONING, SERVERS, Wire, profile_for

AZURE = "https://team.openai.azure.com/openai/v1/"
OLLAMA = "http://localhost:11434/v1"


@pytest.mark.parametrize(
    ("base_url", "server", "wire"),
    [
        (None, "openai", "responses"),
        ("https://api.openai.com/v1", "openai", "responses"),
        ("https://jp.api.openai.com/v1", "openai", "responses"),
        (AZURE, "azure", "responses"),
        ("https://openrouter.ai/api/v1", "openrouter", "chat"),
        ("https://generativelanguage.googleapis.com/v1beta/openai/", "gemini", "chat"),
        ("https://api.anthropic.com/v1/", "anthropic", "chat"),
        ("https://api.deepseek.com", "deepseek", "chat"),
        (OLLAMA, "ollama", "chat"),
        ("http://[::1]:11434/v1", "ollama", "chat"),
        ("http://192.168.0.5:1234/v1", "lm-studio", "chat"),
        ("http://gpu:8000/v1", "vllm", "chat"),
        ("http://127.0.0.1:8080/v1", "llama.cpp", "chat"),
        ("https://llm.example.jp/v1", "compatible", "chat"),
        ("https://api.openai.com.evil.example/v1", "compatible", "chat"),
    ],
)
def test_a_server_is_known_by_its_address(base_url: str | None, server: str, wire: Wire) -> None:
    """Auto takes Responses for OpenAI and Azure, chat elsewhere."""
    profile = profile_for("gpt-6-luna", base_url)
    assert (profile.server, profile.wire) == (server, wire)


@pytest.mark.parametrize("wire", ["responses", "chat"])
@pytest.mark.parametrize("base_url", [None, OLLAMA])
def test_a_chosen_wire_holds(base_url: str | None, wire: Wire) -> None:
    """The setting wins over what suits the server."""
    assert profile_for("gpt-6-luna", base_url, wire).wire == wire


@pytest.mark.parametrize(
    ("model", "chat", "responses"),
    [
        ("gpt-6-luna", "none", "low"),
        ("gpt-6-luna-2026-10-01", "none", "low"),
        ("gpt-5.6-terra", "none", "low"),
        ("gpt-5.1", "none", "low"),
        ("gpt-5-mini", None, "low"),
        ("gpt-6-astra", None, "low"),
        ("gpt-6.1-sol", None, "low"),
        ("o3-mini", None, "low"),
        ("gpt-4o-mini", None, None),
        ("ft:gpt-4.1-mini:team::abc", None, None),
        ("gpt-5-chat-latest", None, None),
        ("our-deployment", None, None),
    ],
)
def test_the_effort_is_one_that_the_model_accepts(
    model: str, chat: str | None, responses: str | None
) -> None:
    """Tools on OpenAI's chat wire need reasoning off; a model that cannot turn it off is not asked.

    A name that tells nothing is sent no effort at all.
    """
    for base_url in (None, AZURE):
        profile = profile_for(model, base_url)
        assert (profile.chat_effort, profile.responses_effort) == (chat, responses)


def test_other_servers_are_sent_no_effort() -> None:
    """They may refuse the field, whatever the model is called."""
    for base_url in (OLLAMA, "https://openrouter.ai/api/v1"):
        assert profile_for("gpt-6-luna", base_url).reasoning_efforts == ()


def test_a_server_on_ones_own_machine_gets_short_turns() -> None:
    """Its window is small, it has no limit of its own, and it reads slowly."""
    assert (profile_for("gpt-6-luna", None).output_limit or 0) > 10_000
    assert profile_for("gpt-6-luna", None).passage_tokens is None
    for port in (11434, 1234, 8000, 8080):
        local = profile_for("qwen3", f"http://localhost:{port}/v1")
        assert 0 < (local.output_limit or 0) <= 2_000
        assert 0 < (local.passage_tokens or 0) <= 2_000


def test_every_row_can_be_reached() -> None:
    """No pattern is hidden by an earlier one."""
    patterns = [pattern for pattern, _ in SERVERS]
    assert len(set(patterns)) == len(patterns)
    for pattern, efforts in REASONING:
        name = pattern.replace("[1-9]", "3").replace("?", "2").replace("*", "")
        assert profile_for(name, None).reasoning_efforts == efforts
