import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { packageModule } from "../../package-root.ts";
import type { Image } from "../../toolchain/image.ts";
import { loaderArguments } from "../tools.ts";
import type { Share } from "./shares.ts";
import type { Answer, Order } from "./worker.ts";

/** Processes that emulate a chip each. */
export class ChipWorkers {
  readonly #children: readonly ChildProcess[];

  private constructor(count: number) {
    const file = packageModule("bench/whole/worker");
    this.#children = Array.from({ length: count }, () =>
      fork(file, { execArgv: loaderArguments(), serialization: "advanced" }),
    );
  }

  /** Starts processes and waits until they have loaded the firmware. */
  static async start(count: number, image: Image): Promise<ChipWorkers> {
    const workers = new ChipWorkers(count);
    await workers.#all({ kind: "firmware", image });
    return workers;
  }

  /** Each classifies the first `images` digits on a new chip; the chip cycles of all together. */
  async classify(images: number): Promise<number> {
    const answers = await this.#all({ kind: "classify", images });
    return answers.reduce((sum, { cycles }) => sum + cycles, 0);
  }

  /** Where the time of one of them goes while it classifies; its modules are files of their own, which tells rooms apart. */
  async profile(images: number): Promise<Readonly<Record<Share, number>>> {
    const { shares } = await send(this.#children[0], { kind: "profile", images });
    return shares!;
  }

  close(): void {
    for (const child of this.#children) child.disconnect();
  }

  #all(order: Order): Promise<Answer[]> {
    return Promise.all(this.#children.map((child) => send(child, order)));
  }
}

/** Throws Error when the process ends without an answer. */
async function send(child: ChildProcess, order: Order): Promise<Answer> {
  const aborter = new AbortController();
  const answer = once(child, "message", aborter);
  const end = once(child, "exit", aborter).then(([code]) => {
    throw new Error(`a bench process ended with code ${code}`);
  });
  child.send(order);
  try {
    const [message] = await Promise.race([answer, end]);
    return message as Answer;
  } finally {
    end.catch(() => {});
    answer.catch(() => {});
    aborter.abort();
  }
}
