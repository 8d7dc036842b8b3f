"""The JSON Schema against the dataclasses and against the loader."""

import dataclasses
import json
import re
from typing import Any

import pytest
import yaml

from installer.answers import Answers, DiskChoice, Source, User
from installer.answers_connection import Network
from installer.answers_doc import FULL, KEEP, MINIMAL, PAGE, render
from installer.answers_file import load_answers
from installer.answers_schema import json_schema
from installer.errors import AnswersInvalid

NOT_IN_FILES = {"password", "passphrase", "disk_passphrase", "recovery_key"}
PARTS: dict[str, type] = {
    "disk": DiskChoice,
    "source": Source,
    "user": User,
    "network": Network,
}


def allows(schema: Any, value: object) -> bool:
    """The keywords that the schema uses, as draft 2020-12 defines them."""
    if "not" in schema and allows(schema["not"], value):
        return False
    if not all(allows(each, value) for each in schema.get("allOf", ())):
        return False
    if "anyOf" in schema and not any(allows(each, value) for each in schema["anyOf"]):
        return False
    checks = {
        "object": dict, "array": list, "string": str, "boolean": bool, "integer": int,
    }  # fmt: skip
    if "type" in schema and not isinstance(value, checks[schema["type"]]):
        return False
    if isinstance(value, bool) and schema.get("type") == "integer":
        return False
    if "const" in schema and value != schema["const"]:
        return False
    if "enum" in schema and value not in schema["enum"]:
        return False
    if isinstance(value, str) and not re.search(schema.get("pattern", ""), value):
        return False
    if isinstance(value, list):
        return len(value) <= schema.get("maxItems", 99) and all(
            allows(schema.get("items", {}), each) for each in value
        )
    if isinstance(value, dict):
        properties = schema.get("properties", {})
        if schema.get("additionalProperties") is False and set(value) - set(properties):
            return False
        if set(schema.get("required", ())) - set(value):
            return False
        if not all(allows(properties.get(key, {}), each) for key, each in value.items()):
            return False
    if "oneOf" in schema:
        return sum(allows(each, value) for each in schema["oneOf"]) == 1
    return True


def loads(text: str) -> bool:
    try:
        load_answers(text, "a")
    except AnswersInvalid:
        return False
    return True


def test_the_schema_has_every_key_of_a_file_and_no_other() -> None:
    schema: Any = json.loads(json.dumps(json_schema()))
    for name, part in {"": Answers, **PARTS}.items():
        node = schema["properties"][name] if name else schema
        fields = {each.name for each in dataclasses.fields(part)}
        assert set(node["properties"]) == fields - NOT_IN_FILES
        assert node["additionalProperties"] is False
        required = {
            each.name
            for each in dataclasses.fields(part)
            if each.default is each.default_factory is dataclasses.MISSING
        }
        assert set(node["required"]) == required
        assert all(each["description"] for each in node["properties"].values())
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"


@pytest.mark.parametrize("text", [MINIMAL, FULL, KEEP])
def test_schema_and_loader_take_the_examples(text: str) -> None:
    assert loads(text)
    assert allows(json_schema(), yaml.safe_load(text))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("version: 1", "version: 2"),
        ("version: 1", "version: true"),
        ("  only: true", "  only: false"),
        ("  only: true", "  only: true\n  path: /dev/vda"),
        ("wipe: true", "wipe: 'true'"),
        ("wipe: true", "wype: true"),
        ("wipe: true", "layout: encrypted"),
        ("wipe: true", "passphrase_file: x"),
        ("wipe: true", "layout: plain\nheader_backup: /dev/sdb1"),
        ("wipe: true", "keep: data\nlayout: encrypted"),
        ("wipe: true", "keep: all"),
        ("wipe: true", "firmware: coreboot"),
        ("user:\n  name: ada\n  password_file: password\n", "hostname: x\n"),
        ("user:\n  name: ada\n  password_file: password\n", "keep: nothing\n"),
        ("wipe: true", "network: {dns: [192.0.2.53]}"),
        ("wipe: true", "network: {proxy: 'socks://x'}"),
        ("wipe: true", "network: {method: static}"),
        ("wipe: true", "network: {method: static, address: 192.0.2.7}"),
        ("wipe: true", "network: {address: 192.0.2.7/24}"),
        ("wipe: true", "network: {dns: []}"),
        ("wipe: true", "network: {hidden: true}"),
        ("wipe: true", "network: {ssid: Home}"),
        ("wipe: true", "network: {ssid: Home, security: wep, passphrase_file: x}"),
        ("wipe: true", "network: {ssid: Home, security: open, passphrase_file: x}"),
        ("wipe: true", "hostname: a_b"),
        ("wipe: true", "slot_size: 3 GB"),
        ("wipe: true", "kernel_arguments: ['a b']"),
        ("wipe: true", "afterwards: never"),
        ("  name: ada", "  name: root"),
        ("  name: ada", "  name: ada\n  password: x"),
        ("  password_file: password", "  full_name: x"),
        ("https://example.org/atomos", "ftp://example.org"),
    ],
)
def test_schema_and_loader_refuse_the_same(old: str, new: str) -> None:
    text = MINIMAL.replace(old, new)
    assert text != MINIMAL
    assert not loads(text)
    assert not allows(json_schema(), yaml.safe_load(text))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("  only: true", "  only: false\n  path: /dev/vda"),
        ("wipe: true", "wipe: false"),
        ("wipe: true", "layout: encrypted\npassphrase_file: x\nheader_backup: /dev/sdb1"),
        ("wipe: true", "keep: data-and-var\npassphrase_file: x\nheader_backup: /dev/sdb1"),
        ("user:\n  name: ada\n  password_file: password\n", "keep: data\n"),
        ("wipe: true", "network: {method: static, address: 192.0.2.7/24, dns: []}"),
        ("wipe: true", "network: {ssid: Home, security: wpa3, passphrase_file: x}"),
        ("wipe: true", "network: {ssid: Home, security: open, hidden: true}"),
        ("wipe: true", "network: {proxy: 'http://x:1'}"),
        ("wipe: true", "hostname: a.b-c"),
        ("wipe: true", "kernel_arguments: ['a=b']"),
    ],
)
def test_schema_and_loader_take_the_same(old: str, new: str) -> None:
    text = MINIMAL.replace(old, new)
    assert loads(text)
    assert allows(json_schema(), yaml.safe_load(text))


def test_the_page_is_fresh() -> None:
    assert PAGE.read_text(encoding="utf-8") == render(), "run python -m installer.answers_doc"


def test_the_page_names_every_key() -> None:
    page = render()
    for part in (Answers, *PARTS.values()):
        for each in dataclasses.fields(part):
            assert (f"| `{each.name}` |" in page) == bool(each.metadata["in_file"])
