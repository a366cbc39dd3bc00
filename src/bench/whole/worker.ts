/** A process that classifies images whenever it is told to: started by `workers.ts` with the firmware as its first message. */
import type { Image } from "../../toolchain/image.ts";
import { mnistImages, mnistRuns } from "./mnist.ts";

export type Order =
  | { readonly kind: "firmware"; readonly image: Image }
  | { readonly kind: "classify"; readonly images: number };

let makeRun: ReturnType<typeof mnistRuns> | undefined;

process.on("message", async (order: Order) => {
  if (order.kind === "firmware") {
    makeRun = mnistRuns(order.image);
    process.send?.({ cycles: 0 });
    return;
  }
  const { cycles } = await makeRun!().classify(mnistImages(order.images));
  process.send?.({ cycles });
});
