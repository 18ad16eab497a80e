// Says in one word what answers at host and port: `ready`, `loading`, `refused` (a Redis that does not accept the
// password in PROBE_PASSWORD), `foreign` (something else) or `nothing`. Spares the set-up the need for redis-cli.
import { connect } from "node:net";

const [host, port] = process.argv.slice(2);
const password = process.env.PROBE_PASSWORD ?? "";

function say(word) {
  console.log(word);
  process.exit(0);
}

function command(...parts) {
  return `*${parts.length}\r\n${parts.map((part) => `$${Buffer.byteLength(part)}\r\n${part}\r\n`).join("")}`;
}

const socket = connect({ host, port: Number(port) });
socket.setEncoding("utf8");
socket.setTimeout(2000, () => say(socket.connecting ? "nothing" : "foreign"));
socket.on("error", (error) => say(["ECONNRESET", "EPIPE"].includes(error.code) ? "foreign" : "nothing"));
socket.on("close", () => say("foreign"));
socket.on("connect", () => socket.write((password ? command("AUTH", password) : "") + command("PING")));

let answer = "";
socket.on("data", (text) => {
  answer += text;
  const lines = answer.split("\r\n").slice(0, -1);
  for (const line of lines) {
    if (line.startsWith("-LOADING")) say("loading");
    if (/^-(WRONGPASS|NOAUTH|NOPERM|DENIED|ERR (AUTH|Client sent AUTH|invalid password))/.test(line)) say("refused");
    if (line === "+PONG") say("ready");
    if (!line.startsWith("+") && !line.startsWith("-")) say("foreign");
  }
});
