import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";

import { Program, freePort } from "./processes.ts";
import { repository } from "./stack.ts";

/** nginx with the configuration of deploy/nginx, in which nothing is replaced but addresses, ports and paths. */
export class Nginx {
  private constructor(
    private readonly program: Program,
    private readonly folder: string,
    /** Where browsers find it, by https. */
    readonly url: string,
    /** Where it sends whoever comes by http away from. */
    readonly plainUrl: string,
  ) {}

  /** `ports`: free ports for http and https. `instances`: the two ports that stand for app-1 and app-2. */
  static async start(folder: string, ports: [number, number], instances: [number, number]): Promise<Nginx> {
    const [plain, secure] = ports;
    const own = join(folder, "nginx");
    mkdirSync(own);
    // Started by root, nginx works as another user.
    for (const path of [folder, own]) chmodSync(path, 0o755);
    makeCertificate(own);
    const file = join(own, "nginx.conf");
    writeFileSync(file, adapted(own, ports, instances));
    // Debian keeps it where only root's PATH leads.
    const env = { PATH: `${process.env.PATH}:/usr/sbin` };
    const program = new Program("nginx", ["-c", file, "-g", "daemon off;"], env, own);
    program.start();
    await program.ready(() => isOpen(secure));
    return new Nginx(program, own, `https://localhost:${secure}`, `http://localhost:${plain}`);
  }

  /** What it wrote: requests and errors. */
  get log(): string {
    return this.program.output + readFileSync(join(this.folder, "access.log"), "utf8");
  }

  end(): Promise<void> {
    return this.program.stop();
  }
}

/** Two ports for it, known before it starts, because servers must be told by which origin browsers come. */
export async function frontPorts(): Promise<[number, number]> {
  return [await freePort(), await freePort()];
}

function adapted(own: string, [plain, secure]: [number, number], instances: [number, number]): string {
  let text = readFileSync(join(repository, "deploy/nginx/nginx.conf"), "utf8");
  const replace = (from: string, to: string) => {
    if (!text.includes(from)) throw new Error(`nginx.conf does not contain "${from}"`);
    text = text.replaceAll(from, to);
  };
  replace("listen 80 ", `listen 127.0.0.1:${plain} `);
  replace("listen 443 ", `listen 127.0.0.1:${secure} `);
  replace("server app-1:3000 ", `server 127.0.0.1:${instances[0]} `);
  replace("server app-2:3000 ", `server 127.0.0.1:${instances[1]} `);
  replace("/tmp/", `${own}/`);
  // The test runner gives it a socket there, which cannot be opened.
  replace("/dev/stdout", join(own, "access.log"));
  replace("/etc/nginx/certificate/", `${own}/`);
  return text;
}

/** With settings of our own: the system's may be missing where only the program was unpacked. */
function makeCertificate(folder: string): void {
  const settings = join(folder, "openssl.cnf");
  const names = "subjectAltName = DNS:localhost, IP:127.0.0.1";
  writeFileSync(settings, `[req]\ndistinguished_name = name\nx509_extensions = more\n[name]\n[more]\n${names}\n`);
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  const files = ["-keyout", join(folder, "privkey.pem"), "-out", join(folder, "fullchain.pem")];
  const command = ["req", "-x509", "-config", settings, ...key, "-days", "2", "-subj", "/CN=localhost", ...files];
  execFileSync("openssl", command, { stdio: "ignore" });
}

function isOpen(port: number): Promise<boolean> {
  return new Promise((tell) => {
    const socket = connect(port, "127.0.0.1", () => (socket.destroy(), tell(true)));
    socket.on("error", () => tell(false));
  });
}
