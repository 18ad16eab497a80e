// A service of another team: says how it is, hears commands, answers them. The rules stand in docs/reference.md.
import { createClient } from "redis";

const { SERVICE_ID: service = "letters-node", REDIS_HOST: host = "127.0.0.1", REDIS_PORT: port = 6379 } = process.env;
const [instance, version, reportEvery] = [`node-${process.pid}`, "1.0.0", 5000];
const status = { state: "running", sent: 0 };
// In which states each command can be followed.
const works = ["running", "paused"];
const possible = {
  trigger: ["running"], start: ["stopped"], stop: works, restart: works, pause: ["running"], resume: ["paused"],
};

const complain = (error) => console.error(error.message);
const [username, password] = [process.env.REDIS_USERNAME || undefined, process.env.REDIS_PASSWORD || undefined];
const redis = createClient({ socket: { host, port: Number(port) }, username, password });
const listener = redis.duplicate().on("error", complain); // Both come back by themselves, with their subscriptions.
redis.on("error", complain).on("ready", () => report().catch(complain));

const publish = (channel, more) =>
  redis.publish(channel, JSON.stringify({ service, instance, timestamp: Date.now(), ...more }));
const log = (level, message) => publish("service:logs", { level, message, fields: { sent: status.sent } });
const report = () => Promise.all([
  publish(`service:${service}`, { status, version, reportEvery, controls: Object.keys(possible) }),
  publish("service:metrics", { metrics: { sent: status.sent } }),
]);

async function hear(text) {
  const { id, command, service: meant } = JSON.parse(text);
  if (meant !== service) return;
  const answer = (outcome, message) => publish("service:commands:outcomes", { id, outcome, message });
  if (!possible[command]?.includes(status.state)) {
    const why = `It cannot ${command}: it is ${status.state}.`;
    await answer("refused", why);
    return log("warn", why);
  }
  await answer("accepted");
  if (command === "trigger") status.sent += 1;
  status.state = { stop: "stopped", pause: "paused" }[command] ?? "running";
  await report();
  await log("info", `It is ${status.state}, after: ${command}.`);
  await answer("succeeded", `It is ${status.state}; letters sent: ${status.sent}.`);
}

await listener.connect();
await listener.subscribe("service:commands", (text) => hear(text).catch(complain));
await redis.connect();
const work = async () => {
  const works = status.state === "running";
  if (works) status.sent += 1;
  if (!redis.isReady) return;
  if (works) await log("info", "A letter is out.");
  await report();
};
setInterval(() => work().catch(complain), reportEvery);
process.once("SIGTERM", async () => {
  setTimeout(process.exit, 2000, 1); // Redis may be away.
  status.state = "stopped";
  await report();
  process.exit(0);
});
