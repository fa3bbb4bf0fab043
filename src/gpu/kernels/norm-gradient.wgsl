// A weight gradient behind a norm is G[o, k] = Σ_n d[n, o] · x[n, k] / rms[n]. From it, without the tokens, follow the norm's
// gradient Σ_o W[o, k] · G[o, k] and the matrix's, G[o, k] · w[k]. Four columns k an invocation, one matrix a workgroup row.
@group(0) @binding(0) var<storage, read> matrices: array<NormedMatrix>;
@group(0) @binding(1) var<storage, read> parameters: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> gradient: array<vec4f>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(local_invocation_index) local: u32) {
  let normed = matrices[workgroup.y];
  let width = normed.inputs / 4u;
  let k = workgroup.x * 64u + local;
  if (k >= width) { return; }
  let weight = parameters[normed.norm + k];
  var sum = vec4f();
  for (var o = 0u; o < normed.outputs; o++) {
    let at = normed.matrix + o * width + k;
    let value = gradient[at];
    sum += parameters[at] * value;
    gradient[at] = value * weight;
  }
  gradient[normed.norm + k] = sum;
}
