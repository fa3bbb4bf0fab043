// (global gradient norm, min(1, clip / norm)) in one workgroup.
@group(0) @binding(0) var<uniform> hyper: Hyper;
@group(0) @binding(1) var<storage, read> sums: array<f32>;
@group(0) @binding(2) var<storage, read_write> norm: vec2f;
var<workgroup> shares: array<f32, 64>;

@compute @workgroup_size(64)
fn main(@builtin(local_invocation_index) local: u32) {
  var sum = 0.0;
  for (var i = local; i < SIZE / 64u; i += 64u) { sum += sums[i]; }
  shares[local] = sum;
  workgroupBarrier();
  for (var half = 32u; half > 0u; half /= 2u) {
    if (local < half) { shares[local] += shares[local + half]; }
    workgroupBarrier();
  }
  if (local == 0u) {
    let length = sqrt(shares[0]);
    norm = vec2f(length, min(1.0, hyper.clip / (length + 1e-6)));
  }
}
