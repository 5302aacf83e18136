"""Rules M7 and T1: what is done once for a key gives the HMAC-SHA-256 that the standard library gives."""

import hmac

from hypothesis import given
from hypothesis import strategies as st

from verwerkingenlog.storage.keyring import Mac


@given(st.binary(max_size=64), st.lists(st.binary(max_size=300), max_size=3))
def test_T1_a_prepared_key_gives_the_hmac_of_rfc_2104(key: bytes, messages: list[bytes]) -> None:
    mac = Mac(key)
    assert [mac(one) for one in messages] == [hmac.digest(key, one, "sha256") for one in messages]
