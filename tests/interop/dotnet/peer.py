"""The other side, played by real .NET Core 3.1 through pythonnet.

peer.py WHAT OPTIONS(JSON)

A server prints `{"port": N}` first. Each side prints one line of JSON at its end: what .NET says of
the stream, and what it read; or `{"error": "TypeName: message"}`, with the inner exceptions.
"""

import json
import os
import sys
import traceback

import dotnetcore2
from clr_loader import get_coreclr
from pythonnet import set_runtime

set_runtime(
    get_coreclr(
        runtime_config=os.environ["SYSTEM_NET_INTEROP_DOTNET_CONFIG"],
        dotnet_root=os.path.join(os.path.dirname(dotnetcore2.__file__), "bin"),
    )
)

import clr  # noqa: E402

for name in [
    "System.Collections.NonGeneric",
    "System.Net.HttpListener",
    "System.Net.Http",
    "System.Net.Primitives",
    "System.Net.Requests",
    "System.Net.Security",
    "System.Net.Sockets",
    "System.Security.Cryptography.X509Certificates",
    "System.Security.Principal",
]:
    clr.AddReference(name)

from System import Array, Byte  # noqa: E402
from System.Collections.Generic import List  # noqa: E402
from System.Net import (  # noqa: E402
    AuthenticationSchemes,
    HttpListener,
    IPAddress,
    NetworkCredential,
    WebException,
    WebRequest,
)
from System.Net.Http import ByteArrayContent, HttpClient, HttpClientHandler  # noqa: E402
from System.Net.Security import (  # noqa: E402
    NegotiateStream,
    ProtectionLevel,
    RemoteCertificateValidationCallback,
    SslApplicationProtocol,
    SslClientAuthenticationOptions,
    SslServerAuthenticationOptions,
    SslStream,
)
from System.Net.Sockets import TcpClient, TcpListener  # noqa: E402
from System.Security.Authentication import SslProtocols  # noqa: E402
from System.Security.Cryptography.X509Certificates import (  # noqa: E402
    X509Certificate2,
    X509CertificateCollection,
    X509RevocationMode,
)
from System.Threading import CancellationTokenSource  # noqa: E402
from System.Security.Principal import TokenImpersonationLevel  # noqa: E402


def say(facts):
    print(json.dumps(facts), flush=True)


def flags(kind, names):
    value = getattr(kind, names[0])
    for name in names[1:]:
        value = value | getattr(kind, name)
    return value


def listen():
    listener = TcpListener(IPAddress.Loopback, 0)
    listener.Start()
    say({"port": listener.LocalEndpoint.Port})
    return listener.AcceptTcpClient()


def read_all(stream):
    data = bytearray()
    buffer = Array.CreateInstance(Byte, 32768)
    while True:
        length = stream.Read(buffer, 0, buffer.Length)
        if length == 0:
            return bytes(data)
        data += bytes(buffer)[:length]


def read_exact(stream, size):
    data = bytearray()
    while len(data) < size:
        buffer = Array.CreateInstance(Byte, min(size - len(data), 65536))
        length = stream.Read(buffer, 0, buffer.Length)
        if length == 0:
            raise EOFError(f"the stream ended after {len(data)} bytes of {size}")
        data += bytes(buffer)[:length]
    return bytes(data)


def pattern(size):
    """Bytes that the other side can count as well."""
    return bytes((at * 7 + at // 256) % 256 for at in range(size))


def write(stream, data):
    stream.Write(Array[Byte](data), 0, len(data))
    stream.Flush()


def talk(stream, sizes, first):
    """Says messages of these sizes, each answered by itself; `first` speaks first."""
    for size in sizes:
        if first:
            write(stream, pattern(size))
        if read_exact(stream, size) != pattern(size):
            raise ValueError(f"a message of {size} bytes was changed")
        if not first:
            write(stream, pattern(size))


def certificate(options):
    return X509Certificate2(options["pfx"], options["password"])


def ssl_facts(stream, seen):
    remote = stream.RemoteCertificate
    return {
        "protocol": str(stream.SslProtocol),
        "cipher": str(stream.CipherAlgorithm),
        "suite": str(stream.NegotiatedCipherSuite),
        "mutual": stream.IsMutuallyAuthenticated,
        "remote": remote.Subject if remote is not None else None,
        "alpn": str(stream.NegotiatedApplicationProtocol),
        "errors": seen,
    }


def judge(options, seen):
    """As .NET judges by itself, and what it said of it."""

    def callback(sender, certificate, chain, errors):
        seen.append(str(errors))
        return str(errors) == "None" or (certificate is None and not options.get("ask", True))

    return RemoteCertificateValidationCallback(callback)


def common_options(asked, options, seen):
    asked.EnabledSslProtocols = flags(SslProtocols, options["protocols"])
    asked.RemoteCertificateValidationCallback = judge(options, seen)
    asked.CertificateRevocationCheckMode = X509RevocationMode.NoCheck
    asked.ApplicationProtocols = List[SslApplicationProtocol]()
    for name in options.get("alpn", []):
        asked.ApplicationProtocols.Add(SslApplicationProtocol(name))


def ssl_server(options):
    seen = []
    with_client = listen()
    stream = SslStream(with_client.GetStream(), False)
    asked = SslServerAuthenticationOptions()
    common_options(asked, options, seen)
    asked.ServerCertificate = certificate(options)
    asked.ClientCertificateRequired = options["ask"]
    stream.AuthenticateAsServerAsync(asked, CancellationTokenSource().Token).GetAwaiter().GetResult()
    facts = ssl_facts(stream, seen)
    talk(stream, options["sizes"], False)
    facts["rest"] = len(read_all(stream))
    say(facts)
    with_client.Close()


def ssl_client(options):
    seen = []
    client = TcpClient("127.0.0.1", options["port"])
    stream = SslStream(client.GetStream(), False)
    asked = SslClientAuthenticationOptions()
    common_options(asked, options, seen)
    asked.TargetHost = options["host"]
    asked.ClientCertificates = X509CertificateCollection()
    if "pfx" in options:
        asked.ClientCertificates.Add(certificate(options))
    stream.AuthenticateAsClientAsync(asked, CancellationTokenSource().Token).GetAwaiter().GetResult()
    facts = ssl_facts(stream, seen)
    talk(stream, options["sizes"], True)
    say(facts)
    if options["ends"]:
        stream.ShutdownAsync().GetAwaiter().GetResult()
    # Without that call .NET says nothing at the end.
    stream.Dispose()
    client.Close()


def negotiate_facts(stream):
    remote = stream.RemoteIdentity
    return {
        "encrypted": stream.IsEncrypted,
        "signed": stream.IsSigned,
        "mutual": stream.IsMutuallyAuthenticated,
        "server": stream.IsServer,
        "impersonation": str(stream.ImpersonationLevel),
        "remote": remote.Name if remote is not None else None,
        "type": remote.AuthenticationType if remote is not None else None,
    }


def credential(options):
    if "user" not in options:
        from System.Net import CredentialCache

        return CredentialCache.DefaultNetworkCredentials
    return NetworkCredential(options["user"], options["password"], options.get("domain", ""))


def negotiate_server(options):
    with_client = listen()
    stream = NegotiateStream(with_client.GetStream())
    stream.AuthenticateAsServer(
        credential(options),
        getattr(ProtectionLevel, options["protection"]),
        TokenImpersonationLevel.Identification,
    )
    facts = negotiate_facts(stream)
    talk(stream, options["sizes"], False)
    facts["rest"] = len(read_all(stream))
    say(facts)
    with_client.Close()


def negotiate_client(options):
    client = TcpClient("127.0.0.1", options["port"])
    stream = NegotiateStream(client.GetStream())
    stream.AuthenticateAsClient(
        credential(options),
        options["target"],
        getattr(ProtectionLevel, options["protection"]),
        TokenImpersonationLevel.Identification,
    )
    facts = negotiate_facts(stream)
    talk(stream, options["sizes"], True)
    say(facts)
    stream.Dispose()
    client.Close()


def refused(call):
    """The status of a request that must fail."""
    try:
        call()
    except WebException as error:
        return int(error.Response.StatusCode)
    raise ValueError("the request was answered")


def http_web_request(options):
    url = options["url"]

    def ask(path, body=None):
        request = WebRequest.Create(url + path)
        if body is not None:
            request.Method = "POST"
            stream = request.GetRequestStream()
            write(stream, body)
            stream.Close()
        response = request.GetResponse()
        answer = read_all(response.GetResponseStream())
        response.Close()
        return answer

    facts = {
        "get": ask("a%20path?x=1").decode(),
        "missing": refused(lambda: ask("missing")),
        "posted": [],
    }
    for size in options["sizes"]:
        if ask("post", pattern(size)) == b"POST /post " + pattern(size):
            facts["posted"].append(size)
    say(facts)


def http_client(options):
    url = options["url"]
    client = HttpClient(HttpClientHandler())

    def wait(task):
        return task.GetAwaiter().GetResult()

    facts = {
        "get": bytes(wait(client.GetByteArrayAsync(url + "a%20path?x=1"))).decode(),
        "missing": int(wait(client.GetAsync(url + "missing")).StatusCode),
        "posted": [],
    }
    for size in options["sizes"]:
        content = ByteArrayContent(Array[Byte](pattern(size)))
        response = wait(client.PostAsync(url + "post", content))
        if bytes(wait(response.Content.ReadAsByteArrayAsync())) == b"POST /post " + pattern(size):
            facts["posted"].append(size)
    say(facts)


def http_listener(options):
    """Answers as many logins as asked for: with the request line and who asks, or with the body."""
    listener = HttpListener()
    listener.Prefixes.Add(options["url"])
    listener.AuthenticationSchemes = AuthenticationSchemes.Basic
    listener.Start()
    say({"port": 1})
    served = 0
    while served < options["requests"]:
        context = listener.GetContext()
        request, response = context.Request, context.Response
        identity = context.User.Identity.__implementation__
        if request.HasEntityBody:
            answer = read_all(request.InputStream)
        else:
            line = f"{request.HttpMethod} {request.RawUrl} {identity.Name} {identity.Password}"
            answer = line.encode()
        response.ContentLength64 = len(answer)
        write(response.OutputStream, answer)
        response.Close()
        served += 1
    say({"served": served})


def main():
    try:
        globals()[sys.argv[1]](json.loads(sys.argv[2]))
    except Exception as error:  # whatever it is, the test wants to see it
        traceback.print_exc()
        said = []
        while error is not None:
            said.append(f"{type(error).__name__}: {getattr(error, 'Message', error)}")
            error = getattr(error, "InnerException", None)
        say({"error": " <- ".join(said)})
    sys.stdout.flush()
    # The runtime's own end can wait for its threads.
    os._exit(0)


main()
