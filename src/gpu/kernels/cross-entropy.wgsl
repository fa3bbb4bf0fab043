// coefficient = −weight, loss = −weight · logp per predicted place.
@group(0) @binding(0) var<storage, read> dims: Dims;
@group(0) @binding(1) var<storage, read> weights: array<f32>;
@group(0) @binding(2) var<storage, read> logProbability: array<f32>;
@group(0) @binding(3) var<storage, read_write> coefficients: array<f32>;
@group(0) @binding(4) var<storage, read_write> loss: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(local_invocation_index) local: u32) {
  let at = invocation(workgroup, local);
  if (at >= dims.rows) { return; }
  coefficients[at] = -weights[at];
  loss[at] = -weights[at] * logProbability[at];
}
