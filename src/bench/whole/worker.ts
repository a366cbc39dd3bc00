/** A process that classifies images whenever it is told to: started by `workers.ts` with the firmware as its first message. */
import type { Image } from "../../toolchain/image.ts";
import { mnistImages, mnistRuns } from "./mnist.ts";
import { profile, type Share } from "./shares.ts";

export type Order =
  | { readonly kind: "firmware"; readonly image: Image }
  | { readonly kind: "classify"; readonly images: number }
  | { readonly kind: "profile"; readonly images: number };

export interface Answer {
  /** Of the chip. */
  readonly cycles: number;
  /** To `profile`: see shares.ts. */
  readonly shares?: Readonly<Record<Share, number>>;
}

const answer = (message: Answer) => process.send?.(message);

let makeRun: ReturnType<typeof mnistRuns> | undefined;

process.on("message", async (order: Order) => {
  if (order.kind === "firmware") {
    makeRun = mnistRuns(order.image);
    answer({ cycles: 0 });
    return;
  }
  const run = makeRun!();
  const images = mnistImages(order.images);
  let cycles = 0;
  const classify = async () => {
    cycles = (await run.classify(images)).cycles;
  };
  const shares = order.kind === "profile" ? await profile(classify) : await classify();
  answer({ cycles, ...(shares && { shares }) });
});
