// Node's fetch at the listener: `client.mjs URL`; ends with an error if something is wrong.
import assert from 'node:assert';

const [url] = process.argv.slice(2);
const payload = Buffer.from(Array.from({ length: 300000 },
  (_, at) => Number((BigInt(at) * 2654435761n % 4294967296n) >> 24n)));

for (const method of ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']) {
  const body = ['POST', 'PUT', 'PATCH'].includes(method) ? payload : undefined;
  const answer = await fetch(`${url}echo?x=%C3%A4`, { method, body });
  assert.strictEqual(answer.status, 200, method);
  assert.strictEqual(answer.headers.get('x-method'), method);
  assert.strictEqual(answer.headers.get('x-url'), '/echo?x=%C3%A4');
  assert.ok(Buffer.from(await answer.arrayBuffer()).equals(body ?? Buffer.alloc(0)), method);
}

async function* pieces() {
  for (let at = 0; at < payload.length; at += 7001) yield payload.subarray(at, at + 7001);
}
const streamed = await fetch(`${url}echo`, { method: 'POST', body: pieces(), duplex: 'half' });
assert.strictEqual(streamed.headers.get('x-encoding'), 'chunked');
assert.ok(Buffer.from(await streamed.arrayBuffer()).equals(payload));

const form = new URLSearchParams({ name: 'Jürgen & co', text: 'a+b' });
const text = await (await fetch(`${url}form`, { method: 'POST', body: form })).text();
assert.ok(text.includes('name=Jürgen &amp; co text=a+b'), text);

const all = await Promise.all(['length=300000', 'length=300000&chunked'].map(async query =>
  Buffer.from(await (await fetch(`${url}pattern?${query}`)).arrayBuffer())));
assert.ok(all.every(got => got.equals(payload)));
