/** Clients of the door as an editor is one, over TCP in this process, and programs for them. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable, Writable } from "node:stream";
import { DebugClient } from "@vscode/debugadapter-testsupport";
import type { DebugProtocol } from "@vscode/debugprotocol";
import { afterAll, afterEach } from "vitest";
import { adapterHost } from "../../../src/cli/dap.ts";
import { type DapServer, listen } from "../../../src/debug/dap/index.ts";
import { packageRoot } from "../../../src/package-root.ts";

export { lineOf } from "../gdb/programs.ts";

export const directory = mkdtempSync(join(tmpdir(), "ppu-dap-"));
afterAll(() => rmSync(directory, { recursive: true }));

const servers: DapServer[] = [];
const clients: DebugClient[] = [];
afterEach(async () => {
  for (const client of clients.splice(0)) await client.stop();
  for (const server of servers.splice(0)) server.close();
});

/** A source file of its own for a program. */
export function sourceFile(name: string, text: string): string {
  const path = join(directory, name);
  writeFileSync(path, text);
  return path;
}

/** The example with the lane that saturates. */
export const SATURATION = join(packageRoot(), "firmware/examples/saturation.ts");

/** Events and answers of a client, for tests. */
export class Client extends DebugClient {
  readonly output: DebugProtocol.OutputEvent["body"][] = [];
  readonly breakpoints: DebugProtocol.BreakpointEvent["body"][] = [];

  constructor() {
    super("node", "", "ppu");
    this.defaultTimeout = 100_000;
    this.on("output", ({ body }: DebugProtocol.OutputEvent) => this.output.push(body));
    this.on("breakpoint", ({ body }: DebugProtocol.BreakpointEvent) => this.breakpoints.push(body));
  }

  /** Speaks to a process that was started by somebody else. */
  use(output: Readable, input: Writable): void {
    this.connect(output, input);
  }

  text(category: string): string {
    return this.output
      .filter((each) => each.category === category)
      .map((each) => each.output)
      .join("");
  }

  /** Sends a request and waits for the stop that follows. */
  async stopAfter(action: Promise<unknown>): Promise<DebugProtocol.StoppedEvent["body"]> {
    const [{ body }] = await Promise.all([this.waitForEvent("stopped"), action]);
    return body as DebugProtocol.StoppedEvent["body"];
  }

  /** Launches a program, sets what is given, and waits for the first stop. */
  async begin(
    configuration: object,
    configure: () => Promise<unknown> = async () => {},
  ): Promise<DebugProtocol.StoppedEvent["body"]> {
    const ready = this.waitForEvent("initialized");
    await this.launch(configuration);
    await ready;
    await configure();
    return this.stopAfter(this.configurationDoneRequest());
  }

  /** Line and function of the innermost frame. */
  async place(
    threadId = 1,
  ): Promise<{ name: string; line: number; path: string | undefined; frameId: number }> {
    const { stackFrames } = (await this.stackTraceRequest({ threadId })).body;
    const [{ name, line, source, id }] = stackFrames;
    return { name, line, path: source?.path, frameId: id };
  }

  async evaluate(expression: string, context?: string): Promise<string> {
    const frameId = (await this.place()).frameId;
    return (await this.evaluateRequest({ expression, frameId, ...(context && { context }) })).body.result;
  }

  async variables(
    variablesReference: number,
    more: Partial<DebugProtocol.VariablesArguments> = {},
  ): Promise<Map<string, DebugProtocol.Variable>> {
    const { variables } = (await this.variablesRequest({ variablesReference, ...more })).body;
    return new Map(variables.map((variable) => [variable.name, variable]));
  }

  async scope(name: string, threadId = 1): Promise<number> {
    const { frameId } = await this.place(threadId);
    const { scopes } = (await this.scopesRequest({ frameId })).body;
    const found = scopes.find((scope) => scope.name === name);
    if (!found) throw new Error(`no scope ${name} among ${scopes.map((scope) => scope.name).join(", ")}`);
    return found.variablesReference;
  }
}

export async function serve(): Promise<DapServer> {
  const server = await listen(adapterHost());
  servers.push(server);
  return server;
}

export async function connect(): Promise<Client> {
  const { port } = await serve();
  const client = new Client();
  await client.start(port);
  clients.push(client);
  return client;
}
