// Per predicted place: log-sum-exp of the logits, log-probability of the target, entropy (nats).
@group(0) @binding(0) var<uniform> dims: Dims;
@group(0) @binding(1) var<storage, read> logits: array<f32>;  // by feature
@group(0) @binding(2) var<storage, read> targets: array<u32>;
@group(0) @binding(3) var<storage, read_write> logSumExp: array<f32>;
@group(0) @binding(4) var<storage, read_write> logProbability: array<f32>;
@group(0) @binding(5) var<storage, read_write> entropy: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(local_invocation_index) local: u32) {
  let at = invocation(workgroup, local);
  if (at >= dims.rows) { return; }
  let stride = 4u * depth(dims.rows);
  var top = logits[at];
  for (var v = 1u; v < VOCABULARY; v++) {
    top = max(top, logits[v * stride + at]);
  }
  var total = 0.0;
  var weighted = 0.0;
  for (var v = 0u; v < VOCABULARY; v++) {
    let shifted = logits[v * stride + at] - top;
    let p = exp(shifted);
    total += p;
    weighted += p * shifted;
  }
  let log_total = log(total);
  logSumExp[at] = top + log_total;
  logProbability[at] = logits[targets[at] * stride + at] - top - log_total;
  entropy[at] = log_total - weighted / total;
}
