import { once } from "node:events";
import { type ClientHttp2Session, type ClientHttp2Stream, connect, constants } from "node:http2";

/** The status stream as it comes over HTTP/2, without a browser between it and the test. */
export class RawStream {
  /** Everything that came. */
  text = "";
  private constructor(
    private readonly session: ClientHttp2Session,
    private readonly stream: ClientHttp2Stream,
    readonly status: number,
    readonly headers: Record<string, unknown>,
  ) {
    stream.setEncoding("utf8").on("data", (text: string) => (this.text += text));
    stream.on("error", () => undefined);
  }

  static async open(url: string, cookie: string): Promise<RawStream> {
    // Made for this test by the test itself.
    const session = connect(url, { rejectUnauthorized: false });
    const stream = session.request({ ":path": "/api/services/status/stream", cookie });
    const [headers] = await once(stream, "response");
    return new RawStream(session, stream, headers[constants.HTTP2_HEADER_STATUS], headers);
  }

  close(): void {
    this.stream.close();
    this.session.destroy();
  }
}
