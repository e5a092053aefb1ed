"""requests and httpx at the listener: `client.py LIBRARY URL CA`; prints what was wrong, or nothing."""

import sys

library, url, ca = sys.argv[1:]
payload = bytes((at * 2654435761 % 2**32) >> 24 for at in range(300_000))


def pieces():
    for at in range(0, len(payload), 7001):
        yield payload[at : at + 7001]


if library == "requests":
    import requests

    client = requests.Session()
    # The environment may name other authorities, which would count instead.
    client.trust_env = False
    client.verify = ca if ca else True
    options = {}
else:
    import httpx
    import ssl

    context = ssl.create_default_context(cafile=ca) if ca else True
    client = httpx.Client(verify=context)
    options = {}

for verb in ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]:
    body = payload if verb in ("POST", "PUT", "PATCH") else None
    sent = {"data" if library == "requests" else "content": body}
    answer = client.request(verb, url + "echo?x=%C3%A4", **sent)
    assert answer.status_code == 200, (verb, answer.status_code)
    assert answer.headers["X-Method"] == verb
    assert answer.headers["X-Url"] == "/echo?x=%C3%A4"
    assert answer.content == (body or b""), verb

sent = {"data" if library == "requests" else "content": pieces()}
answer = client.post(url + "echo", **sent)
assert answer.headers["X-Encoding"] == "chunked"
assert answer.content == payload

answer = client.post(url + "form", data={"name": "J\u00fcrgen & co", "text": "a+b"})
assert "name=J\u00fcrgen &amp; co text=a+b" in answer.text, answer.text
assert answer.encoding.lower() == "utf-8"

for query in ["length=300000", "length=300000&chunked"]:
    assert client.get(url + "pattern?" + query).content == payload
client.close()
