// A_i = R − β · Σ_{t ≥ i} log(π_old/π_ref): terminal reward and KL-to-go, one sequence an invocation, back to front.
@group(0) @binding(0) var<uniform> dims: Dims;
@group(0) @binding(1) var<uniform> policy: Policy;
@group(0) @binding(2) var<storage, read> sequences: array<RewardedSequence>;
@group(0) @binding(3) var<storage, read> old: array<f32>;
@group(0) @binding(4) var<storage, read> reference: array<f32>;
@group(0) @binding(5) var<storage, read_write> advantages: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(local_invocation_index) local: u32) {
  let at = invocation(workgroup, local);
  if (at >= dims.sequences) { return; }
  let sequence = sequences[at];
  var kl = 0.0;
  for (var row = sequence.endRow; row > sequence.firstRow; row--) {
    kl += old[row - 1u] - reference[row - 1u];
    advantages[row - 1u] = sequence.reward - policy.beta * kl;
  }
}
