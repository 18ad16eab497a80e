// The benchmark of the job lanes: ours and BullMQ's worker in turn, in shuffled order, each time with a new Redis of the
// same configuration. `run.mjs LANES` where LANES is the program built of lanes.rs; scripts/bench-jobs.sh does that.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { availableParallelism, cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';

const WORKERS = [1, 4, 16];
const REPETITIONS = Number(process.env.REPETITIONS ?? 5);
const BACKLOG = Number(process.env.BACKLOG ?? 20_000);
const RATE = Number(process.env.RATE ?? 200);
const SECONDS = Number(process.env.PACED_SECONDS ?? 10);

const SYSTEMS = {
  ours: [process.argv[2]],
  BullMQ: [process.execPath, join(import.meta.dirname, 'bullmq.mjs')],
};

const now = () => Math.round((performance.timeOrigin + performance.now()) * 1_000);

/// Starts a program; it must end well.
function start([program, ...first], ...words) {
  const running = spawn(program, [...first, ...words.map(String)], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(running, 'exit').then(([code, signal]) => {
    if (code !== 0) throw new Error(`${program} ${words.join(' ')} ended with ${code ?? signal}`);
  });
  // Whoever waits for its lines first hears of the failure later.
  ended.catch(() => {});
  const lines = createInterface({ input: running.stdout })[Symbol.asyncIterator]();
  const line = async () => (await lines.next()).value ?? (await ended.then(() => Promise.reject(new Error('no answer'))));
  return { line, ended };
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

/// Lets a new Redis stand while something is measured.
async function withRedis(measure) {
  const [port, folder] = [await freePort(), await mkdtemp(join(tmpdir(), 'bench-jobs-'))];
  const place = ['--bind', '127.0.0.1', '--port', `${port}`, '--dir', folder];
  const durable = ['--save', '', '--appendonly', 'yes', '--appendfsync', 'everysec'];
  const redis = spawn('redis-server', [...place, ...durable], { stdio: 'ignore' });
  const ended = once(redis, 'exit');
  try {
    while (!(await answers(port))) await sleep(10);
    return await measure(port);
  } finally {
    redis.kill('SIGKILL');
    await ended;
    await rm(folder, { recursive: true });
  }
}

async function answers(port) {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

/// Jobs per second, from the beginning of the first one to the end of the last.
const drained = (system, workers) =>
  withRedis(async (port) => {
    await start(SYSTEMS[system], 'fill', port, BACKLOG).ended;
    const worker = start(SYSTEMS[system], 'work', port, BACKLOG, workers);
    await worker.line();
    const { began, ended } = JSON.parse(await worker.line());
    await worker.ended;
    return { rate: (BACKLOG / (ended - Math.min(...began))) * 1e6 };
  });

/// From the moment at which a job was to be queued to its beginning, in µs.
const paced = (system, workers) =>
  withRedis(async (port) => {
    const [jobs, every] = [RATE * SECONDS, 1e6 / RATE];
    const worker = start(SYSTEMS[system], 'work', port, jobs, workers);
    await worker.line();
    const first = now() + 1_500_000;
    const producer = start(SYSTEMS[system], 'pace', port, jobs, first, every);
    const { began } = JSON.parse(await worker.line());
    await Promise.all([worker.ended, producer.ended]);
    const waits = began.map((at, place) => at - first - place * every).sort((one, other) => one - other);
    return { p50: waits[Math.floor(jobs * 0.5)], p99: waits[Math.floor(jobs * 0.99)] };
  });

function shuffled(list) {
  for (let left = list.length; left > 1; left--) {
    const other = Math.floor(Math.random() * left);
    [list[left - 1], list[other]] = [list[other], list[left - 1]];
  }
  return list;
}

/// The median, and from where to where the rest lies.
function summary(values, show) {
  const sorted = values.toSorted((one, other) => one - other);
  return `${show(sorted[Math.floor(sorted.length / 2)])} (${show(sorted[0])}–${show(sorted.at(-1))})`;
}

const KINDS = [
  { name: 'jobs per second', measure: drained, value: 'rate', show: (rate) => Math.round(rate).toLocaleString('en') },
  { name: 'enqueue to start, p50, ms', measure: paced, value: 'p50', show: (wait) => (wait / 1_000).toFixed(2) },
  { name: 'enqueue to start, p99, ms', measure: paced, value: 'p99', show: (wait) => (wait / 1_000).toFixed(2) },
];

const results = new Map();
const cases = [drained, paced].flatMap((measure) =>
  WORKERS.flatMap((workers) => Object.keys(SYSTEMS).map((system) => ({ measure, workers, system }))),
);
const total = REPETITIONS * cases.length;
const loadBefore = loadavg()[0];
let count = 0;
for (let repetition = 0; repetition < REPETITIONS; repetition++) {
  for (const { measure, workers, system } of shuffled([...cases])) {
    const result = await measure(system, workers);
    for (const [value, number] of Object.entries(result)) {
      const key = `${value} ${workers} ${system}`;
      results.set(key, [...(results.get(key) ?? []), number]);
    }
    process.stderr.write(`   ${++count} of ${total}: ${system}, ${workers} workers, ${JSON.stringify(result)}\n`);
  }
}

console.log(`${availableParallelism()} cores (${cpus()[0].model}), ${REPETITIONS} repetitions in shuffled order: median (range)`);
console.log(`${BACKLOG.toLocaleString('en')} jobs queued before; ${RATE} jobs/s for ${SECONDS} s; load before ${loadBefore.toFixed(1)}\n`);
console.log('| | workers | ours | BullMQ |\n|---|---|---|---|');
for (const { name, value, show } of KINDS) {
  for (const workers of WORKERS) {
    const cells = Object.keys(SYSTEMS).map((system) => summary(results.get(`${value} ${workers} ${system}`), show));
    console.log(`| ${name} | ${workers} | ${cells.join(' | ')} |`);
  }
}
