// logits become their gradient: coefficient · (onehot(target) − softmax), coefficient = dLoss/dlogp. Four an invocation;
// the columns that pad the vocabulary become zero.
@group(0) @binding(0) var<storage, read> dims: Dims;
@group(0) @binding(1) var<storage, read> targets: array<u32>;
@group(0) @binding(2) var<storage, read> logSumExp: array<f32>;
@group(0) @binding(3) var<storage, read> coefficients: array<f32>;
@group(0) @binding(4) var<storage, read_write> logits: array<vec4f>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(local_invocation_index) local: u32) {
  let at = invocation(workgroup, local);
  let r = at / (STRIDE / 4u);
  if (r >= dims.rows) { return; }
  let v = vec4u(0u, 1u, 2u, 3u) + (at % (STRIDE / 4u)) * 4u;
  let onehot = select(vec4f(), vec4f(1.0), v == vec4u(targets[r]));
  let gradient = coefficients[r] * (onehot - exp(logits[at] - logSumExp[r]));
  logits[at] = select(vec4f(), gradient, v < vec4u(VOCABULARY));
}
