"""Names of generated things."""

from __future__ import annotations

import builtins
import keyword
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from arazzoc.emit.names import LONGEST, Names, function_name, pascal_case, snake_case

TEXTS = st.text() | st.from_regex(r"[A-Za-z0-9_. \[\]-]{0,90}", fullmatch=True)


@pytest.mark.parametrize(
    ("text", "snake", "pascal"),
    [
        ("uploadInput", "upload_input", "UploadInput"),
        ("batch-job", "batch_job", "BatchJob"),
        ("x-api-key", "x_api_key", "XApiKey"),
        ("HTTPStatusCode", "http_status_code", "HttpStatusCode"),
        ("page size", "page_size", "PageSize"),
        ("from", "from_", "From"),
        ("class", "class_", "Class"),
        ("None", "none", "None_"),
        ("id", "id", "Id"),
        ("match", "match", "Match"),
        ("list", "list_", "List"),
        ("self", "self_", "Self"),
        ("__init__", "init", "Init"),
        ("", "value", "Value"),
        ("...", "value", "Value"),
        ('x"); import os #', "x_import_os", "XImportOs"),
    ],
)
def test_names(text: str, snake: str, pascal: str) -> None:
    assert snake_case(text) == snake
    assert pascal_case(text) == pascal


@pytest.mark.parametrize(
    ("text", "snake", "pascal"),
    [
        ("oauth2Token", "oauth2_token", "Oauth2Token"),
        ("OAuth2Token", "oauth2_token", "Oauth2Token"),
        ("sha256", "sha256", "Sha256"),
        ("S3Upload", "s3_upload", "S3Upload"),
        ("s3Upload", "s3_upload", "S3Upload"),
        ("S3URL", "s3_url", "S3Url"),
        ("v1", "v1", "V1"),
        ("V1", "v1", "V1"),
        ("v1beta2", "v1beta2", "V1beta2"),
        ("v1Beta", "v1_beta", "V1Beta"),
        ("i18n", "i18n", "I18n"),
        ("I18N", "i18n", "I18n"),
        ("b2b", "b2b", "B2b"),
        ("B2BOrder", "b2b_order", "B2bOrder"),
        ("HTTP2Server", "http2_server", "Http2Server"),
        ("ISO8601Date", "iso8601_date", "Iso8601Date"),
        ("x509Cert", "x509_cert", "X509Cert"),
        ("MD5Hash", "md5_hash", "Md5Hash"),
        ("IPv4Address", "ipv4_address", "Ipv4Address"),
        ("address2", "address2", "Address2"),
        ("address_2", "address_2", "Address2"),
        ("items[0].id", "items_0_id", "Items0Id"),
        ("3d-model", "value_3d_model", "Value3dModel"),
        ("3DModel", "value_3d_model", "Value3dModel"),
        ("2FACode", "value_2fa_code", "Value2faCode"),
        ("404Response", "value_404_response", "Value404Response"),
        ("2ndPage", "value_2nd_page", "Value2ndPage"),
    ],
)
def test_digits_stay_with_the_word_before_them(text: str, snake: str, pascal: str) -> None:
    """One at the beginning, or after a separator, is a word of its own."""
    assert snake_case(text) == snake
    assert pascal_case(text) == pascal


@pytest.mark.parametrize(
    ("text", "snake", "pascal"),
    [
        ("userIDs", "user_ids", "UserIds"),
        ("imageURLs", "image_urls", "ImageUrls"),
        ("APIs", "apis", "Apis"),
        ("APIsList", "apis_list", "ApisList"),
        ("IDs_2", "ids_2", "Ids2"),
        ("DNSServer", "dns_server", "DnsServer"),
        ("OAuthToken", "oauth_token", "OauthToken"),
        ("myOAuthToken", "my_oauth_token", "MyOauthToken"),
    ],
)
def test_acronyms(text: str, snake: str, pascal: str) -> None:
    assert snake_case(text) == snake
    assert pascal_case(text) == pascal


@pytest.mark.parametrize(
    ("text", "snake", "pascal"),
    [
        ("日本", "日本", "日本"),
        ("größe", "größe", "Größe"),
        ("éditionSpéciale", "édition_spéciale", "ÉditionSpéciale"),
        ("идПользователя", "ид_пользователя", "ИдПользователя"),
        ("APIКлюч", "api_ключ", "ApiКлюч"),
        ("हिन्दी", "हिन्दी", "हिन्दी"),
        ("cafe\u0301", "caf\xe9", "Caf\xe9"),
        ("ﬁle", "file", "File"),
        ("ſelf", "self_", "Self"),
        ("x²", "x2", "X2"),
        ("½", "value_1_2", "Value12"),
        ("٣", "value_٣", "Value٣"),
        ("İd", "id", "İd"),
        ("naïve·point", "naïve_point", "NaïvePoint"),
        ("🎉party", "party", "Party"),
    ],
)
def test_letters_of_every_script_stay(text: str, snake: str, pascal: str) -> None:
    assert snake_case(text) == snake
    assert pascal_case(text) == pascal


@pytest.mark.parametrize(
    "hidden",
    ["\u200b", "\u200d", "\u2060", "\ufeff", "\u202e", "\u2066", "\xad", "\u034f", "\ufe0f", "\u3164"],
    ids=ascii,
)
def test_what_nobody_sees_makes_no_name(hidden: str) -> None:
    for text in (f"user{hidden}id", f"{hidden}userid", f"userid{hidden}"):
        assert snake_case(text) == "userid"
        assert pascal_case(text) == "Userid"


@given(TEXTS)
@example("\u0e33")  # decomposes to a mark
@example("\u0345a")
@example("_1")
def test_every_text_gives_a_name(text: str) -> None:
    for name in (snake_case(text), function_name(text), pascal_case(text)):
        assert name.isidentifier() and len(name) <= LONGEST
        assert name == unicodedata.normalize("NFKC", name)
        assert not keyword.iskeyword(name) and name[0] != "_"
        assert not any(unicodedata.category(c) == "Cf" for c in name)
    assert not hasattr(builtins, function_name(text)) and not hasattr(builtins, pascal_case(text))
    assert snake_case(snake_case(text)) == snake_case(text)
    assert pascal_case(text).upper() == pascal_case(text.replace("_", " ")).upper()


def test_every_character_gives_a_name() -> None:
    for code in range(0x110000):
        if unicodedata.category(chr(code)) in ("Cn", "Co") and code % 101:
            continue  # all alike, and seven of eight code points
        name = snake_case(chr(code))
        assert name.isidentifier() and name == unicodedata.normalize("NFKC", name) == snake_case(name), hex(code)


def test_long_names_keep_their_beginning_and_their_end() -> None:
    text = "get the very long list of all the pets in all the shops of all the towns by id"
    assert snake_case(text) == "get_the_very_long_in_all_the_shops_of_all_the_towns_by_id"
    assert pascal_case(text) == "GetTheVeryLongListAllThePetsInAllTheShopsOfAllTheTownsById"
    assert snake_case("x" * 70) == "x" * LONGEST
    assert Names().add(f"{pascal_case(text)}Outputs") == "GetTheVeryLongListPetsInAllTheShopsOfAllTheTownsByIdOutputs"


@given(st.lists(TEXTS, max_size=12))
def test_all_names_of_a_set_differ(texts: list[str]) -> None:
    names = Names()
    chosen = [names.add(snake_case(text)) for text in [*texts, *texts]]
    assert len(set(chosen)) == len(chosen)
    assert all(name.isidentifier() and len(name) <= LONGEST for name in chosen)
    again = Names()
    assert chosen == [again.add(snake_case(text)) for text in [*texts, *texts]]


def test_collisions_are_told_apart_in_order() -> None:
    names = Names(("client",))
    assert [names.add(n) for n in ("a_b", "a_b", "a_b", "client")] == ["a_b", "a_b_2", "a_b_3", "client_2"]
    assert names.add("a_b", "step_a_b") == "step_a_b"
    assert [names.add("list_") for _ in range(2)] == ["list_", "list_2"]
    assert [len(names.add("word_" * 11 + "word")) for _ in range(12)] == [59, *[56] * 8, *[57] * 3]


def test_the_key_of_a_case_is_not_cut() -> None:
    assert Names().add(f"{'step' * 20}/action") == f"{'step' * 20}/action"
