// Transposes every matrix for the forward products: m[k, o] = W[o, k] · w[k], with the weight w of the norm before it where
// there is one. Where COPY is 1 it also writes the matrix as it is in their precision, for the backward pass. Four by four an
// invocation, one matrix a workgroup row.
@group(0) @binding(0) var<storage, read> matrices: array<TransposedMatrix>;
@group(0) @binding(1) var<storage, read> parameters: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> transposed: array<VEC4>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(local_invocation_index) local: u32) {
  let m = matrices[workgroup.y];
  let width = m.inputs / 4u;
  let at = workgroup.x * 64u + local;
  let k = at % width;
  let o = at / width;
  if (4u * o >= m.outputs) { return; }
  var rows: array<vec4f, 4>;
  for (var i = 0u; i < 4u; i++) {
    rows[i] = select(vec4f(), parameters[m.matrix + (4u * o + i) * width + k], 4u * o + i < m.outputs);
  }
  var weight = vec4f(1.0);
  if (m.norm != 0xffffffffu) { weight = parameters[m.norm + k]; }
  for (var i = 0u; i < 4u; i++) {
    transposed[m.place + (4u * k + i) * m.stride + o] =
      VEC4(vec4f(rows[0][i], rows[1][i], rows[2][i], rows[3][i]) * weight[i]);
    if (COPY == 1u && 4u * o + i < m.outputs) { transposed[m.copy + (4u * o + i) * width + k] = VEC4(rows[i]); }
  }
}
