/** The door over a pair of streams, or over TCP on the loopback interface. */
import { type AddressInfo, createServer, type Socket } from "node:net";
import type { Readable, Writable } from "node:stream";
import { Adapter, type AdapterHost } from "./adapter.ts";
import { encodeMessage, MessageReader } from "./message-reader.ts";

const HOST = "127.0.0.1";

/** Serves one client until it disconnects or its stream ends. `log` gets a line for each message that is none. */
export async function serveClient(
  host: AdapterHost,
  input: Readable,
  output: Writable,
  log: (line: string) => void = () => {},
): Promise<void> {
  const adapter = new Adapter(host);
  const reader = new MessageReader();
  adapter.onDidSendMessage((message) => {
    if (output.writable) output.write(encodeMessage(message));
  });
  input.on("data", (bytes: Uint8Array) => {
    for (const incoming of reader.push(bytes)) {
      if (incoming.kind === "message") adapter.receive(incoming.message);
      else {
        log(`unusable message: ${incoming.problem}`);
        adapter.complain(incoming.problem);
      }
    }
  });
  for (const event of ["end", "close", "error"]) input.once(event, () => adapter.close());
  // A reader that has gone ends the conversation as well.
  output.on("error", () => adapter.close());
  await adapter.ended;
}

export interface DapServer {
  readonly port: number;
  /** Resolved when it listens no more: after `close`, or after the first client with `once`. */
  readonly closed: Promise<void>;
  close(): void;
}

/** Listens on 127.0.0.1; each client debugs a program of its own. Rejects with the system's error, e.g. EADDRINUSE. */
export async function listen(
  host: AdapterHost,
  {
    port = 0,
    once = false,
    log,
  }: { readonly port?: number; readonly once?: boolean; readonly log?: (line: string) => void } = {},
): Promise<DapServer> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.setNoDelay(true);
    socket.on("close", () => sockets.delete(socket));
    if (once) server.close();
    void serveClient(host, socket, socket, log).then(() => socket.end());
  });
  const closed = new Promise<void>((resolve) => server.once("close", () => resolve()));
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, HOST, () => resolve());
  });
  return {
    port: (server.address() as AddressInfo).port,
    closed,
    close() {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}
