// Clipped surrogate −w · min(s·A, clip(s, 1−ε, 1+ε)·A), s = π/π_old, and its derivative by log π, per predicted place.
@group(0) @binding(0) var<uniform> dims: Dims;
@group(0) @binding(1) var<uniform> policy: Policy;
@group(0) @binding(2) var<storage, read> weights: array<f32>;
@group(0) @binding(3) var<storage, read> moments: vec2f;
@group(0) @binding(4) var<storage, read> advantages: array<f32>;
@group(0) @binding(5) var<storage, read> logProbability: array<f32>;
@group(0) @binding(6) var<storage, read> old: array<f32>;
@group(0) @binding(7) var<storage, read_write> coefficients: array<f32>;
@group(0) @binding(8) var<storage, read_write> report: array<vec4f>;  // loss, advantage, 1 where clipped, 0

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(local_invocation_index) local: u32) {
  let at = invocation(workgroup, local);
  if (at >= dims.rows) { return; }
  let advantage = (advantages[at] - moments.x) * moments.y;
  let ratio = exp(logProbability[at] - old[at]);
  let free = ratio * advantage;
  let bound = clamp(ratio, 1.0 - policy.epsilon, 1.0 + policy.epsilon) * advantage;
  coefficients[at] = select(0.0, -weights[at] * free, free <= bound);
  let clipped = select(0.0, 1.0, abs(ratio - 1.0) > policy.epsilon);
  report[at] = vec4f(-weights[at] * min(free, bound), advantage, clipped, 0.0);
}
