"""Who is refused: no or a wrong token, another Host, another origin."""

import httpx
import pytest

from lighttrack.view.serving import PageServer


async def app(scope, receive, send):
    if scope["type"] == "http":
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"secret"})


@pytest.fixture
def server():
    with PageServer() as made:
        made.start(app)
        yield made


def test_the_address_with_its_token_is_answered(server):
    answer = httpx.get(server.address)
    assert (answer.status_code, answer.text) == (200, "secret")


@pytest.mark.parametrize("query", ["", "?token=", "?token=wrong", "?token=%00", "?other={token}"])
def test_without_the_token_all_is_refused(server, query):
    url = f"http://127.0.0.1:{server.port}/" + query.format(token=server.token)
    answer = httpx.get(url)
    assert answer.status_code == 403
    assert "secret" not in answer.text


@pytest.mark.parametrize("host", ["evil.example", "evil.example:80", "127.0.0.1:1", ""])
def test_another_host_is_refused(server, host):
    assert httpx.get(server.address, headers={"Host": host}).status_code in (400, 403)


def test_localhost_is_the_same_machine(server):
    address = server.address.replace("127.0.0.1", "localhost")
    transport = httpx.HTTPTransport(local_address="127.0.0.1")
    with httpx.Client(transport=transport) as client:
        assert client.get(address).status_code == 200


def test_another_origin_is_refused(server):
    assert httpx.get(server.address, headers={"Origin": "http://evil.example"}).status_code == 403
    own = f"http://127.0.0.1:{server.port}"
    assert httpx.get(server.address, headers={"Origin": own}).status_code == 200


def test_a_port_that_is_taken_is_said(server):
    with pytest.raises(OSError, match=f"cannot listen on 127.0.0.1, port {server.port}"):
        PageServer(port=server.port)


def test_each_server_has_a_token_of_its_own(server):
    with PageServer() as other:
        assert other.token != server.token
        assert len(other.token) >= 32
