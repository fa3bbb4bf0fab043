// The gradient of every logit from that of the chosen log-probabilities, one predicted place an invocation.
@group(0) @binding(0) var<uniform> dims: Dims;
@group(0) @binding(1) var<storage, read> coefficients: array<f32>;
@group(0) @binding(2) var<storage, read> targets: array<u32>;
@group(0) @binding(3) var<storage, read> inverse: array<f32>;
@group(0) @binding(4) var<storage, read_write> logits: array<f32>;  // by feature
@group(0) @binding(5) var<storage, read_write> dLogitsByToken: array<vec4f>;
@group(0) @binding(6) var<storage, read> logSumExps: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(local_invocation_index) local: u32) {
  let at = invocation(workgroup, local);
  if (at >= dims.rows) { return; }
  write_gradient(at, coefficients[at], logSumExps[at]);
}
