/** The door to editors: answers requests of the Debug Adapter Protocol of one client. */
import { Event, DebugSession as Protocol, Response } from "@vscode/debugadapter";
import type { DebugProtocol } from "@vscode/debugprotocol";
import { escapeControls } from "../../text.ts";
import type { DebugSession } from "../session.ts";
import { type LogMessage, type PpuName, SessionError, type Stop } from "../types.ts";
import { RequestError } from "./checks.ts";
import { Client } from "./client.ts";
import { Debuggee } from "./debuggee.ts";
import type { Configuration, LaunchOption } from "./launch-options.ts";
import type { Message } from "./message-reader.ts";
import type { Answer } from "./request.ts";
import { REQUESTS } from "./requests/index.ts";
import { readSavedPoint } from "./saved-point.ts";
import { exitCode, stoppedBody } from "./stops.ts";

/** What the door needs from outside. */
export interface AdapterHost {
  /** What `launch` and `attach` take. */
  readonly options: readonly LaunchOption[];
  /** Reads or compiles a program and stands before its first instruction. Throws an error whose first line is for the user. */
  readonly open: (configuration: Configuration) => Promise<DebugSession>;
  /** One line of an error for the user. */
  readonly errorText: (error: unknown) => string;
}

/** How often mailboxes are looked at while the chip runs; the text is the same however often. */
const MAILBOX_MILLISECONDS = 50;

type Events = {
  initialized: undefined;
  terminated: undefined;
  stopped: DebugProtocol.StoppedEvent["body"];
  exited: DebugProtocol.ExitedEvent["body"];
  output: DebugProtocol.OutputEvent["body"];
  breakpoint: DebugProtocol.BreakpointEvent["body"];
  invalidated: DebugProtocol.InvalidatedEvent["body"];
  memory: DebugProtocol.MemoryEvent["body"];
  progressStart: DebugProtocol.ProgressStartEvent["body"];
  progressEnd: DebugProtocol.ProgressEndEvent["body"];
};

/** Errors of one line that mean: what the client asks for is not possible. */
const isExpected = (error: unknown): error is Error =>
  error instanceof RequestError || error instanceof SessionError;

export class Adapter extends Protocol {
  readonly host: AdapterHost;
  /** What the client can do, from `initialize`. */
  client = new Client();
  #debuggee: Debuggee | undefined;
  #initialized = false;
  #opening = false;
  #progress = 0;
  /** Resolved when the chip has stopped and that is told. */
  #run: Promise<void> = Promise.resolve();
  /** The next stop is the beginning of something else and not told. */
  #quiet = false;
  #ended = false;
  #end: () => void = () => {};
  /** Resolved when the client has disconnected. */
  readonly ended: Promise<void>;

  constructor(host: AdapterHost) {
    super();
    this.host = host;
    this.ended = new Promise((resolve) => {
      this.#end = resolve;
    });
  }

  // ---- messages ----------------------------------------------------------------------------------------------------

  /** A message of the client. Never throws. */
  receive(message: Message): void {
    if (!this.#ended && message.type === "request") this.handleMessage(message);
  }

  /** Something arrived that is no message. */
  complain(problem: string): void {
    this.say(`unusable message: ${escapeControls(problem)}`, "stderr");
  }

  /** The client is gone: ends a run in progress. */
  close(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#debuggee?.session.interrupt();
    this.#debuggee = undefined;
    this.#end();
  }

  /** The library would end the process. */
  override shutdown(): void {
    this.close();
  }

  protected override dispatchRequest(message: DebugProtocol.Request): void {
    const response: DebugProtocol.Response = new Response(message);
    const answer = (given: Answer) => {
      if (given.body) response.body = given.body;
      this.sendResponse(response);
      try {
        given.after?.();
      } catch (error) {
        this.say(this.host.errorText(error), "stderr");
      }
    };
    const refuse = (error: unknown) => {
      response.success = false;
      response.message = isExpected(error) ? error.message.split("\n")[0] : this.host.errorText(error);
      response.body = {
        error: { id: 1, format: "{message}", variables: { message: response.message }, showUser: true },
      };
      this.sendResponse(response);
    };
    try {
      const given = this.#handle(message);
      if (given instanceof Promise) void given.then(answer, refuse);
      else answer(given);
    } catch (error) {
      refuse(error);
    }
  }

  #handle({ command, arguments: args }: DebugProtocol.Request): Answer | Promise<Answer> {
    const row = Object.hasOwn(REQUESTS, command) ? REQUESTS[command] : undefined;
    if (!row) throw new RequestError(`there is no request "${escapeControls(command.slice(0, 60))}"`);
    if (!this.#initialized && command !== "initialize" && command !== "disconnect") {
      throw new RequestError(`${command} before initialize`);
    }
    this.#initialized = true;
    return row.handle(this, args);
  }

  emitEvent<Name extends keyof Events>(name: Name, body?: Events[Name]): void {
    if (!this.#ended) this.sendEvent(new Event(name, body));
  }

  /** A line for the debug console. */
  say(text: string, category: "console" | "stdout" | "stderr" = "console", place: object = {}): void {
    this.emitEvent("output", { category, output: text.endsWith("\n") ? text : `${text}\n`, ...place });
  }

  // ---- the program -------------------------------------------------------------------------------------------------

  /** Throws RequestError when there is none. */
  get debuggee(): Debuggee {
    if (this.#debuggee) return this.#debuggee;
    throw new RequestError(
      this.#opening ? "the program is still being loaded" : "there is no program yet; launch one",
    );
  }

  /** Throws RequestError while the chip runs. */
  get stopped(): Debuggee {
    const { debuggee } = this;
    if (debuggee.session.running) throw new RequestError("the chip is running; pause it first");
    return debuggee;
  }

  /** Makes a program the one to be debugged. Rejects when it can't be opened, or there is one already. */
  async open(
    request: "launch" | "attach",
    configuration: Configuration,
    noDebug: boolean,
  ): Promise<Debuggee> {
    if (this.#debuggee || this.#opening)
      throw new RequestError("a program is being debugged already; restart or disconnect");
    this.#opening = true;
    try {
      const session = await this.openSession(configuration);
      this.#debuggee = new Debuggee(session, request, configuration, noDebug);
      return this.#debuggee;
    } finally {
      this.#opening = false;
    }
  }

  /** A session at the begin of a configured program; the client sees the progress. */
  async openSession(configuration: Configuration): Promise<DebugSession> {
    const verb = configuration.program.endsWith(".ts") ? "Compiling" : "Loading";
    return this.withProgress(`${verb} ${configuration.program}`, async () => {
      const session = await this.host.open(configuration);
      if (configuration.session !== undefined) await session.load(readSavedPoint(configuration.session));
      session.on("log", (message) => this.#log(message));
      return session;
    });
  }

  async withProgress<T>(title: string, action: () => Promise<T>): Promise<T> {
    if (!this.client.abilities.supportsProgressReporting) return action();
    const progressId = `progress${++this.#progress}`;
    this.emitEvent("progressStart", { progressId, title });
    try {
      return await action();
    } finally {
      this.emitEvent("progressEnd", { progressId });
    }
  }

  // ---- running -----------------------------------------------------------------------------------------------------

  /**
   * Lets the chip run. Rejects when that is refused at once; otherwise the request is answered first, and the stop is an
   * event.
   */
  async run(action: (session: DebugSession) => Promise<Stop>): Promise<Answer> {
    const { stopped: debuggee } = this;
    debuggee.forget();
    const { session } = debuggee;
    const before = session.stop;
    const stopping = action(session);
    let told = () => {};
    this.#run = new Promise((resolve) => {
      told = resolve;
    });
    const first = await Promise.race([
      stopping.then(
        () => undefined,
        (error: unknown) => ({ error }),
      ),
      new Promise<undefined>((resolve) => setImmediate(resolve, undefined)),
    ]);
    if (first) {
      told();
      throw first.error;
    }
    return {
      body: { allThreadsContinued: true },
      after: () => void this.#await(debuggee, before, stopping).then(told),
    };
  }

  /** Ends a run in progress without telling the client of a stop. */
  async halt(): Promise<void> {
    const { session } = this.debuggee;
    this.#quiet = true;
    session.interrupt();
    await this.#run;
    this.#quiet = false;
  }

  async #await(debuggee: Debuggee, before: Stop, stopping: Promise<Stop>): Promise<void> {
    const { session } = debuggee;
    const timer = setInterval(() => this.#showMailbox(debuggee, false), MAILBOX_MILLISECONDS);
    try {
      const stop = await stopping;
      this.#showMailbox(debuggee, true, stop.reason === "step" ? before : undefined);
      if (!this.#quiet) this.arrived(debuggee, stop);
    } catch (error) {
      // It stays where it was.
      this.say(isExpected(error) ? error.message : this.host.errorText(error), "stderr");
      this.emitEvent("stopped", { ...stoppedBody(session, session.stop, debuggee.points), reason: "pause" });
    } finally {
      clearInterval(timer);
    }
  }

  /** Tells of a stop, or that the program has ended. */
  arrived(debuggee: Debuggee, stop: Stop): void {
    const { session, configuration, noDebug, points } = debuggee;
    const findings = debuggee.newFindings();
    if (findings !== "") this.say(findings, "stderr");
    const isOver = stop.reason === "finished" || stop.reason === "asleep" || stop.reason === "held";
    if (noDebug || (stop.reason === "finished" && !configuration.stopAtEnd)) {
      if (!isOver && stop.reason !== "interrupted") this.say(stop.message, "stderr");
      this.finish(debuggee);
      return;
    }
    this.emitEvent("stopped", stoppedBody(session, stop, points));
  }

  /** The program is over for the client. */
  finish({ session }: Debuggee): void {
    this.emitEvent("exited", { exitCode: exitCode(session) });
    this.emitEvent("terminated");
  }

  /** Something was changed by the user: what the client shows is old. */
  changed(): void {
    if (this.client.abilities.supportsInvalidatedEvent)
      this.emitEvent("invalidated", { areas: ["variables", "stacks"] });
  }

  /** Where the source of an output is. */
  sourcePlace(debuggee: Debuggee, ppu: PpuName, address: number): object {
    const source = debuggee.session.symbols(ppu).sourceAt(address);
    if (!source) return {};
    return { source: debuggee.sources.source(ppu, source.file), line: this.client.lineOut(source.line) };
  }

  #log({ ppu, text }: LogMessage): void {
    const debuggee = this.#debuggee;
    if (debuggee)
      this.say(text, "console", this.sourcePlace(debuggee, ppu, debuggee.session.chip.ppus[ppu].pc));
  }

  /** `from`: what is printed was printed by the step from there. */
  #showMailbox(debuggee: Debuggee, all: boolean, from?: Stop): void {
    const text = debuggee.mailbox.newText(debuggee.session, !all);
    if (text === "") return;
    const place = from ? this.sourcePlace(debuggee, from.ppu, from.pc) : {};
    this.emitEvent("output", { category: "stdout", output: text, ...place });
  }
}
