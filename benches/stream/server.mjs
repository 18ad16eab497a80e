// Two peers of the benchmark of the stream: what is published on `service:*` as Server-Sent Events, by Node alone.
// `server.mjs HOW PORT REDIS_PORT`: with HOW `write`, each message becomes one buffer that is written to every response;
// with `readable`, every response has a ReadableStream of its own, into which each message is put, as a route of Next.js has.

import { EventEmitter } from 'node:events';
import { createServer } from 'node:http';

import { Redis } from 'ioredis';

const HEARTBEAT_MS = 15_000;

const [how, port, redisPort] = process.argv.slice(2);
const subscriber = new Redis({ host: '127.0.0.1', port: Number(redisPort) });
const hello = () => `data: {"now":${Date.now()}}\n\n`;

/// One buffer a message, and one write a reader.
function write() {
  const responses = new Set();
  subscriber.on('pmessage', (_pattern, _channel, message) => {
    const frame = Buffer.from(`data: ${message}\n\n`);
    for (const response of responses) response.write(frame);
  });
  setInterval(() => {
    for (const response of responses) response.write(': heartbeat\n\n');
  }, HEARTBEAT_MS);
  return (response) => {
    responses.add(response);
    response.on('close', () => responses.delete(response));
    response.write(hello());
  };
}

/// One stream, one listener and one timer a reader; each encodes for itself.
function readable() {
  const messages = new EventEmitter().setMaxListeners(0);
  subscriber.on('pmessage', (_pattern, _channel, message) => messages.emit('message', message));
  const encoder = new TextEncoder();
  return (response) => {
    let stop = () => {};
    const stream = new ReadableStream({
      start(controller) {
        const send = (text) => controller.enqueue(encoder.encode(text));
        const pass = (message) => send(`data: ${message}\n\n`);
        const heartbeat = setInterval(() => send(': heartbeat\n\n'), HEARTBEAT_MS);
        stop = () => {
          messages.off('message', pass);
          clearInterval(heartbeat);
        };
        messages.on('message', pass);
        send(hello());
      },
      cancel: () => stop(),
    });
    const into = new WritableStream({
      async write(bytes) {
        if (!response.write(bytes)) await new Promise((resume) => response.once('drain', resume));
      },
    });
    const closed = new AbortController();
    response.on('close', () => closed.abort());
    stream.pipeTo(into, { signal: closed.signal }).catch(() => stop());
  };
}

const serve = { write, readable }[how]();
await subscriber.psubscribe('service:*');
createServer((_request, response) => {
  response.socket.setNoDelay(true);
  response.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-cache' });
  serve(response);
}).listen({ port: Number(port), host: '127.0.0.1', backlog: 4_096 });
