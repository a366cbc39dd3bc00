/** First in, first out, with a look at what is inside. */
export class Queue<T> {
  #items: T[] = [];
  #first = 0;

  get length(): number {
    return this.#items.length - this.#first;
  }

  push(item: T): void {
    this.#items.push(item);
  }

  /** The `index`-th from the front; undefined beyond the end. */
  at(index: number): T | undefined {
    return this.#items[this.#first + index];
  }

  shift(): T | undefined {
    if (this.#first >= this.#items.length) return undefined;
    const item = this.#items[this.#first];
    this.#items[this.#first++] = undefined as T;
    if (this.#first > 1024 && 2 * this.#first > this.#items.length) {
      this.#items = this.#items.slice(this.#first);
      this.#first = 0;
    }
    return item;
  }
}
