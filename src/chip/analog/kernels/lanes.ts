/** Two bytes as lanes of 64 bits. */
export function bytesAsLanes(address: usize): v128 {
  return i64x2.extend_low_i32x4_u(
    i32x4.extend_low_i16x8_u(i16x8.extend_low_i8x16_u(v128.load16_splat(address))),
  );
}

/** x times y plus number n of `coefficients`: a step of a polynomial. */
export function next(x: v128, y: v128, coefficients: usize, n: i32): v128 {
  return f64x2.add(f64x2.mul(x, y), v128.load64_splat(coefficients + 8 * n));
}
