/** Replaces methods of asc's classes for the time of one compilation. */
export class MethodWraps {
  private readonly undo: (() => void)[] = [];

  wrap<T extends object, K extends keyof T>(target: T, key: K, make: (original: T[K]) => T[K]): void {
    const original = target[key];
    target[key] = make(original);
    this.undo.push(() => {
      target[key] = original;
    });
  }

  /** The last one first, so that methods wrapped twice become what they were. */
  restore(): void {
    for (const restore of this.undo.splice(0).reverse()) restore();
  }
}
