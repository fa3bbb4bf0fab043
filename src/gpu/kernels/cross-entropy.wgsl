// Weighted cross-entropy and its gradient at once: loss = −weight · logp per predicted place.
@group(0) @binding(0) var<uniform> dims: Dims;
@group(0) @binding(1) var<storage, read> weights: array<f32>;
@group(0) @binding(2) var<storage, read> targets: array<u32>;
@group(0) @binding(3) var<storage, read> inverse: array<f32>;
@group(0) @binding(4) var<storage, read_write> logits: array<f32>;  // by feature
@group(0) @binding(5) var<storage, read_write> dLogitsByToken: array<vec4f>;
@group(0) @binding(6) var<storage, read_write> loss: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(local_invocation_index) local: u32) {
  let at = invocation(workgroup, local);
  if (at >= dims.rows) { return; }
  let stride = 4u * depth(dims.rows);
  var top = logits[at];
  for (var v = 1u; v < VOCABULARY; v++) { top = max(top, logits[v * stride + at]); }
  var total = 0.0;
  for (var v = 0u; v < VOCABULARY; v++) { total += exp(logits[v * stride + at] - top); }
  let logSumExp = top + log(total);
  loss[at] = weights[at] * (logSumExp - logits[targets[at] * stride + at]);
  write_gradient(at, -weights[at], logSumExp);
}
