// BullMQ's half of the benchmark of the job lanes: its own worker, with jobs that do nothing. It takes the same words as
// lanes.rs and answers alike.

import { Queue, Worker } from 'bullmq';

const QUEUE = 'balance-sync';

/// As our lanes: three attempts, and the record of a job that was done is kept for a day.
const KEPT = {
  attempts: 3,
  backoff: { type: 'exponential', delay: 5_000 },
  removeOnComplete: { age: 24 * 3_600 },
};

/// This machine's time in µs since the Unix epoch.
const now = () => Math.round((performance.timeOrigin + performance.now()) * 1_000);

const [word, port, jobs, ...more] = process.argv.slice(2).map((text, place) => (place ? Number(text) : text));
// As its documentation asks: a worker waits for Redis for as long as it takes.
const connection = { host: '127.0.0.1', port, maxRetriesPerRequest: null };

/// Queues that many jobs.
async function fill() {
  const queue = new Queue(QUEUE, { connection });
  for (let first = 0; first < jobs; first += 250) {
    const some = Array.from({ length: Math.min(250, jobs - first) }, (_, place) => first + place + 1);
    await queue.addBulk(some.map((user) => ({ name: 'sync', data: { user }, opts: KEPT })));
  }
  await queue.close();
}

/// Works until that many jobs have ended. Prints `ready` as soon as it may begin, then when each job began and when the
/// last one had ended.
async function work(concurrency) {
  const began = new Array(jobs).fill(0);
  const perform = async (job) => {
    began[job.data.user - 1] = now();
    return 'done';
  };
  const worker = new Worker(QUEUE, perform, { connection, concurrency, autorun: false });
  await worker.waitUntilReady();
  let count = 0;
  const ended = new Promise((resolve, reject) => {
    worker.on('completed', () => ++count === jobs && resolve(now()));
    worker.on('failed', (_, error) => reject(error));
    worker.on('error', reject);
  });
  worker.run();
  console.log('ready');
  const at = await ended;
  await worker.close();
  console.log(JSON.stringify({ began, ended: at }));
}

/// Queues a job every so many µs, the first one at a moment in µs since the Unix epoch. Whatever comes late is queued at
/// once, so that its delay is seen.
async function pace(first, every) {
  const queue = new Queue(QUEUE, { connection });
  await queue.waitUntilReady();
  const never = new Int32Array(new SharedArrayBuffer(4));
  for (let place = 0; place < jobs; place++) {
    // The thread itself sleeps, because timers tick in whole ms.
    const wait = (first + place * every - now()) / 1_000;
    if (wait > 0) Atomics.wait(never, 0, 0, wait);
    await queue.add('sync', { user: place + 1 }, KEPT);
  }
  await queue.close();
}

await { fill, work, pace }[word](...more);
