"""TLS as SDKs speak it, certificates between servers, and who may connect."""

import http.client
import json
import re
import shutil
import signal
import socket
import ssl
import struct
import urllib.request

import boto3
import httpx
import pytest
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ConnectionClosedError, EndpointConnectionError, SSLError

from certificates import Authority, keys
from conftest import connect
from server import Server, lasting_address
from tables import schema
from test_global_tables import AWAY, HOME, create_group, described, replicas, wait_for_item, wait_until_equal
from waiting import wait_until

pytestmark = pytest.mark.usefixtures("own_server")


@pytest.fixture
def authority(tmp_path):
    return Authority(tmp_path / "authority")


def tls(pair):
    certificate, key = pair
    return ["--tls-certificate", str(certificate), "--tls-key", str(key)]


@pytest.fixture
def serve():
    """Starts servers, which end with the test."""
    servers = []

    def start(*arguments, **options):
        server = Server(*arguments, **options)
        servers.append(server)
        return server

    yield start
    for server in servers:
        assert not server.is_running() or server.end() == 0


def trusting(server, file, **more):
    """An SDK client that believes what is in a file."""
    return connect_with(server.endpoint, verify=str(file), **more)


def connect_with(endpoint, verify, region=HOME, retries=1):
    return boto3.client(
        "dynamodb",
        endpoint_url=endpoint,
        region_name=region,
        aws_access_key_id="any",
        aws_secret_access_key="any",
        verify=verify,
        config=Config(retries={"total_max_attempts": retries}),
    )


def use(client, table="songs"):
    """Writes an item and reads it."""
    key = {"pk": {"S": "a"}}
    client.put_item(TableName=table, Item=key)
    assert client.get_item(TableName=table, Key=key)["Item"] == key


def shown_certificate(server):
    address = server.address.split(":")
    return ssl.get_server_certificate((address[0], int(address[1])))


# Clients


def test_an_sdk_is_served_over_tls(authority, serve):
    server = serve("--in-memory", *tls(authority.sign("server")))
    assert server.endpoint.startswith("https://")
    client = trusting(server, authority.file)
    client.create_table(TableName="songs", **schema())
    use(client)
    # By its name, too.
    use(connect_with(server.endpoint.replace("127.0.0.1", "localhost"), str(authority.file)))
    with pytest.raises(SSLError):
        connect_with(server.endpoint, None).list_tables()


def test_a_certificate_of_the_servers_own_is_trusted_by_its_file(tmp_path, serve):
    data = tmp_path / "data"
    server = serve("--data", str(data), "--tls-self-signed")
    file = data / "tls-self-signed.pem"
    assert (file.stat().st_mode & 0o777, file.with_suffix(".key").stat().st_mode & 0o777) == (0o644, 0o600)
    client = trusting(server, file)
    client.create_table(TableName="songs", **schema())
    use(client)
    # As the strictest clients do it.
    context = ssl.create_default_context(cafile=str(file))
    context.verify_flags |= ssl.VERIFY_X509_STRICT
    with urllib.request.urlopen(f"https://localhost:{server.address.rpartition(':')[2]}/", context=context) as reply:
        assert reply.status == 200
    assert server.end() == 0
    use(trusting(serve("--data", str(data), "--tls-self-signed"), file))


@pytest.mark.parametrize("form", ["PKCS8-EC", "SEC1", "PKCS8-RSA", "PKCS1"])
def test_a_key_may_be_in_any_of_the_usual_forms(form, authority, serve):
    key, written = keys()[form]
    server = serve("--in-memory", *tls(authority.sign("server", key, written)))
    assert trusting(server, authority.file).list_tables()["TableNames"] == []


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
@pytest.mark.parametrize("protocol", ["h2", "http/1.1"])
def test_both_versions_and_both_protocols_are_spoken(version, protocol, authority, serve):
    server = serve("--in-memory", *tls(authority.sign("server")))
    context = ssl.create_default_context(cafile=str(authority.file))
    context.minimum_version = context.maximum_version = version
    with httpx.Client(verify=context, http2=protocol == "h2") as client:
        for _ in range(3):
            reply = client.get(server.endpoint)
            assert (reply.status_code, reply.http_version) == (200, {"h2": "HTTP/2", "http/1.1": "HTTP/1.1"}[protocol])
    host, port = server.address.split(":")
    context.set_alpn_protocols([protocol])
    with context.wrap_socket(socket.create_connection((host, int(port))), server_hostname=host) as stream:
        assert (stream.version(), stream.selected_alpn_protocol()) == (version.name.replace("_", "."), protocol)


def test_older_versions_are_refused(authority, serve):
    server = serve("--in-memory", *tls(authority.sign("server")))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(str(authority.file))
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_1
    host, port = server.address.split(":")
    with socket.create_connection((host, int(port))) as stream, pytest.raises((ssl.SSLError, ConnectionError)):
        context.wrap_socket(stream, server_hostname=host)


def test_who_speaks_http_is_told_to_use_tls(authority, serve):
    server = serve("--in-memory", *tls(authority.sign("server")))
    connection = http.client.HTTPConnection(server.address, timeout=30)
    connection.request("GET", "/")
    reply = connection.getresponse()
    assert (reply.status, b"https://" in reply.read()) == (400, True)


def test_a_certificate_is_replaced_while_a_client_goes_on(tmp_path, authority, serve):
    """By a signal, and by itself."""
    other = Authority(tmp_path / "other")
    files = authority.sign("server")
    server = serve("--in-memory", *tls(files))
    client = trusting(server, authority.file)
    client.create_table(TableName="songs", **schema())
    for signals, name in ((True, "second"), (False, "third")):
        before = shown_certificate(server)
        new = authority.sign(name)
        for source, target in zip(new, files, strict=True):
            shutil.copy(source, target)
        if signals:
            server.process.send_signal(signal.SIGHUP)
        wait_until(lambda: use(client) or shown_certificate(server) != before, "the new certificate is shown")
        use(trusting(server, authority.file))
    # Something that is none changes nothing.
    before = shown_certificate(server)
    files[0].write_text("nonsense")
    server.process.send_signal(signal.SIGHUP)
    use(trusting(server, authority.file))
    assert shown_certificate(server) == before
    for source, target in zip(other.sign("fourth"), files, strict=True):
        shutil.copy(source, target)
    server.process.send_signal(signal.SIGHUP)
    wait_until(lambda: use(client) or shown_certificate(server) != before, "the other authority's is shown")
    use(trusting(server, other.file))
    with pytest.raises(SSLError):
        trusting(server, authority.file).list_tables()
    use(client)


# Addresses


def test_who_is_not_allowed_is_not_served(serve):
    served = serve("--in-memory", "--allow-ip", "10.0.0.0/8", "--allow-ip", "127.0.0.1")
    assert connect(served.endpoint).list_tables()["TableNames"] == []
    closed = serve("--in-memory", "--allow-ip", "10.0.0.0/8")
    with pytest.raises((ConnectionClosedError, EndpointConnectionError)):
        connect(closed.endpoint).list_tables()


def version_1(source, port):
    return f"PROXY TCP4 {source} 127.0.0.1 {port} 8000\r\n".encode()


def version_2(source, port):
    addresses = socket.inet_aton(source) + socket.inet_aton("127.0.0.1") + struct.pack("!HH", port, 8000)
    return b"\r\n\r\n\0\r\nQUIT\n" + struct.pack("!BBH", 0x21, 0x11, len(addresses)) + addresses


def list_tables(stream):
    """Asks on a connection as it is."""
    body = b"{}"
    head = (
        "POST / HTTP/1.1\r\nHost: localhost\r\nX-Amz-Target: DynamoDB_20120810.ListTables\r\n"
        "Content-Type: application/x-amz-json-1.0\r\nX-Amz-Date: 20260102T030405Z\r\nConnection: close\r\n"
        "Authorization: AWS4-HMAC-SHA256 Credential=id/20260102/us-east-1/dynamodb/aws4_request, "
        "SignedHeaders=host;x-amz-date, Signature=0\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    stream.sendall(head.encode() + body)
    reply = b""
    while part := stream.recv(4096):
        reply += part
    return reply


@pytest.mark.parametrize("is_secure", [False, True])
@pytest.mark.parametrize("header", [version_1, version_2])
def test_a_proxy_tells_whom_a_request_is_from(header, is_secure, tmp_path, authority, serve):
    options = ["--log", "info,pixii_server=debug", "--log-format", "json", "--proxy-protocol", "127.0.0.1"]
    if is_secure:
        options += tls(authority.sign("server"))
    with (tmp_path / "log").open("wb") as log:
        server = serve("--in-memory", *options, "--allow-ip", "192.0.2.0/24", log=log)
    host, port = server.address.split(":")

    def ask(source):
        with socket.create_connection((host, int(port)), timeout=30) as stream:
            stream.sendall(header(source, 56324))
            if not is_secure:
                return list_tables(stream)
            context = ssl.create_default_context(cafile=str(authority.file))
            with context.wrap_socket(stream, server_hostname=host) as secure:
                return list_tables(secure)

    assert b"200 OK" in ask("192.0.2.7")
    lines = [json.loads(line)["fields"] for line in (tmp_path / "log").read_text().splitlines()]
    found = [line for line in lines if line.get("operation") == "ListTables"]
    assert [(line["source"], line["is_secure"]) for line in found] == [("192.0.2.7:56324", is_secure)]
    try:
        assert ask("198.51.100.7") == b""
    except (ConnectionError, ssl.SSLError):
        pass
    with pytest.raises(BotoCoreError):
        connect(server.endpoint).list_tables()


# Servers


@pytest.fixture
def pair(tmp_path, serve):
    """Starts the homes of two Regions, each with TLS, and gives their clients and logs by Region."""
    authority = Authority(tmp_path / "authority")
    addresses = dict(zip((HOME, AWAY), {lasting_address(), lasting_address()}, strict=True))

    def start(identities):
        clients, logs = {}, {}
        for (region, address), other in zip(addresses.items(), (AWAY, HOME), strict=True):
            options = [
                *("--in-memory", "--local-region", region),
                *("--region-endpoint", f"{other}=https://{addresses[other]}"),
                *("--peer-credentials", "servers:secret", "--peer-ca", str(authority.file)),
                *tls(authority.sign(region)),
            ]
            if identities.get(region):
                certificate, key = identities[region]
                options += ["--peer-certificate", str(certificate), "--peer-key", str(key)]
            logs[region] = tmp_path / f"{region}.log"
            with logs[region].open("wb") as log:
                server = serve(*options, listen=address, log=log)
            clients[region] = trusting(server, authority.file, region=region, retries=5)
        return clients, logs

    return authority, start


def test_servers_with_certificates_replicate(pair):
    authority, start = pair
    clients, _ = start({region: authority.sign(f"{region}-peer") for region in (HOME, AWAY)})
    create_group(clients, "songs")
    for region, client in clients.items():
        client.put_item(TableName="songs", Item={"pk": {"S": region}})
    for region in clients:
        wait_for_item(clients, "songs", {"pk": {"S": region}}, {"pk": {"S": region}})
    wait_until_equal(clients, "songs")


@pytest.mark.parametrize("kind", ["none", "of another authority"])
def test_a_server_without_a_certificate_is_not_heard(kind, tmp_path, pair):
    authority, start = pair
    away = authority.sign("away-peer")
    home = None if kind == "none" else Authority(tmp_path / "other").sign("home-peer")
    clients, logs = start({HOME: home, AWAY: away})
    clients[HOME].create_table(TableName="songs", **schema())
    clients[HOME].put_item(TableName="songs", Item={"pk": {"S": "a"}})
    try:
        clients[HOME].update_table(TableName="songs", ReplicaUpdates=[{"Create": {"RegionName": AWAY}}])
    except clients[HOME].exceptions.ClientError:
        pass
    expected = "--peer-certificate" if kind == "none" else "received fatal alert"
    wait_until(lambda: expected in logs[HOME].read_text(), f"{HOME} says why it is not heard")
    assert clients[AWAY].list_tables()["TableNames"] == []
    states = {each["ReplicaStatus"] for each in replicas(clients[HOME], "songs").values()}
    assert "ACTIVE" not in states and described(clients[HOME], "songs")["TableName"] == "songs"
    assert not re.search("secret", logs[HOME].read_text())
