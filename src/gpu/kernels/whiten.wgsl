// (mean, 1/std) of all advantages of the batch, population variance, in one workgroup; (0, 1) when off.
@group(0) @binding(0) var<uniform> dims: Dims;
@group(0) @binding(1) var<uniform> policy: Policy;
@group(0) @binding(2) var<storage, read> advantages: array<f32>;
@group(0) @binding(3) var<storage, read_write> moments: vec2f;
var<workgroup> sums: array<f32, 64>;

fn total(local: u32, mine: f32) -> f32 {
  sums[local] = mine;
  workgroupBarrier();
  for (var half = 32u; half > 0u; half /= 2u) {
    if (local < half) { sums[local] += sums[local + half]; }
    workgroupBarrier();
  }
  let result = sums[0];
  workgroupBarrier();
  return result;
}

@compute @workgroup_size(64)
fn main(@builtin(local_invocation_index) local: u32) {
  var sum = 0.0;
  for (var row = local; row < dims.rows; row += 64u) { sum += advantages[row]; }
  let mean = total(local, sum) / f32(dims.rows);
  var squares = 0.0;
  for (var row = local; row < dims.rows; row += 64u) {
    let off = advantages[row] - mean;
    squares += off * off;
  }
  let variance = total(local, squares) / f32(dims.rows);
  if (local == 0u) {
    moments = select(vec2f(0.0, 1.0), vec2f(mean, inverseSqrt(max(variance, 1e-8))), policy.normalize == 1u);
  }
}
