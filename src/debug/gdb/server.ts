/** The door over TCP: one client at a time, on the loopback interface. */
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { GdbClient } from "./client.ts";
import { encodePacket } from "./codec.ts";
import { errorReply } from "./command.ts";
import type { GdbTarget } from "./target-state.ts";

export interface ServerOptions {
  /** 0 (default): any free one. */
  readonly port?: number;
  /** Ends with the first client instead of waiting for the next. */
  readonly once?: boolean;
}

const HOST = "127.0.0.1";
/** Who comes back at once may be seen before his end of the last connection. */
const GRACE_MILLISECONDS = 200;
/** A refused client that does not go is cut off. */
const REFUSED_MILLISECONDS = 5000;
const OCCUPIED = "another debugger is connected; detach it first";

export class GdbServer {
  readonly #target: GdbTarget;
  readonly #once: boolean;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  /** The last client; its run may still be ending. */
  #client: GdbClient | undefined;
  readonly closed: Promise<void>;

  private constructor(target: GdbTarget, once: boolean) {
    this.#target = target;
    this.#once = once;
    this.#server = createServer((socket) => this.#accept(socket));
    this.closed = new Promise((resolve) => this.#server.once("close", () => resolve()));
  }

  /** Listens on 127.0.0.1. Rejects with the system's error, e.g. EADDRINUSE. */
  static async listen(target: GdbTarget, options: ServerOptions = {}): Promise<GdbServer> {
    const server = new GdbServer(target, options.once ?? false);
    await new Promise<void>((resolve, reject) => {
      server.#server.once("error", reject);
      server.#server.listen(options.port ?? 0, HOST, () => resolve());
    });
    return server;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** `127.0.0.1:PORT`, as GDB's `target remote` takes it. */
  get address(): string {
    return `${HOST}:${this.port}`;
  }

  /** Disconnects the client and listens no longer. */
  async close(): Promise<void> {
    this.#server.close();
    await this.#client?.close();
    for (const socket of this.#sockets) socket.destroy();
    await this.closed;
  }

  #accept(socket: Socket): void {
    this.#sockets.add(socket);
    socket.setNoDelay(true);
    socket.on("close", () => this.#sockets.delete(socket));
    // "close" follows, which is all that matters.
    socket.on("error", () => {});
    if (this.#isOccupied()) setTimeout(() => this.#admit(socket), GRACE_MILLISECONDS);
    else this.#serve(socket);
  }

  #isOccupied(): boolean {
    return this.#client !== undefined && !this.#client.closed;
  }

  #admit(socket: Socket): void {
    if (socket.destroyed) return;
    if (!this.#isOccupied()) {
      this.#serve(socket);
      return;
    }
    this.#target.log(`refused a second client from port ${socket.remotePort}: ${OCCUPIED}`);
    // GDB begins with a question, which this answers; then it sees the end.
    socket.end(`+${encodePacket(errorReply(OCCUPIED))}`, "latin1");
    socket.resume();
    socket.setTimeout(REFUSED_MILLISECONDS, () => socket.destroy());
  }

  #serve(socket: Socket): void {
    const client = new GdbClient(this.#target, {
      write: (bytes) => socket.writable && socket.write(bytes),
      end: () => socket.destroySoon(),
    });
    const previous = this.#client?.close();
    this.#client = client;
    // Nothing is lost meanwhile: the socket keeps what arrives.
    void Promise.resolve(previous).then(() => socket.on("data", (bytes) => client.receive(bytes)));
    socket.on("close", () => {
      const over = client.close();
      if (this.#once) void over.then(() => this.close());
    });
  }
}
