/** A program file that cannot be used. The message is one line: which file, what is wrong with it, what to do. */
export class ImageError extends Error {
  override readonly name = "ImageError";
}
