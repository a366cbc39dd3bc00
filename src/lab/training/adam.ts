/** Adam (Kingma, Ba 2015) with decoupled weight decay, for one array of weights. */
export class Adam {
  /** Running means of the gradient and its square, and steps so far: the whole state. */
  readonly mean: Float32Array;
  readonly square: Float32Array;
  steps = 0;

  constructor(size: number) {
    this.mean = new Float32Array(size);
    this.square = new Float32Array(size);
  }

  /** One step; weights are clamped to +-limit afterwards. */
  step(
    weights: Float32Array,
    gradient: Float32Array,
    rate: number,
    decay = 0,
    limit = Number.POSITIVE_INFINITY,
  ): void {
    this.steps++;
    const correction1 = 1 - 0.9 ** this.steps;
    const correction2 = 1 - 0.999 ** this.steps;
    const { mean, square } = this;
    for (let n = 0; n < weights.length; n++) {
      const g = gradient[n];
      mean[n] += 0.1 * (g - mean[n]);
      square[n] += 0.001 * (g * g - square[n]);
      const change = mean[n] / correction1 / (Math.sqrt(square[n] / correction2) + 1e-8);
      const value = weights[n] - rate * (change + decay * weights[n]);
      weights[n] = Math.max(-limit, Math.min(limit, value));
    }
  }
}
